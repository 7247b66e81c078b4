import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode()
})
afterAll(() => stage.close())

const player = () => stage.join(node, { environmentId })
const joinRoom = (room_id: string) => ({ type: 'join_room' as const, room_id })

describe.each(['aethex.v1.json', 'aethex.v1.msgpack'] as const)('a room over %s', protocol => {
  const speaker = () => stage.join(node, { environmentId, protocol })
  const room = `room-${protocol.length}`

  test('tells who is there to the one who joins, and the one who joins to those who are there', async () => {
    const [ann, bob] = [await speaker(), await player()]
    expect(await ann.ask(joinRoom(room), 'room_joined')).toMatchObject({
      room_id: room,
      members: [{ player_id: ann.playerId, username: ann.holder.username, state: null }],
    })
    ann.say({ type: 'player_state_update', state: { x: 1.5, tags: ['é', '\u{1f600}', null] } })
    await ann.rest()
    const joined = await bob.ask(joinRoom(room), 'room_joined')
    expect(joined.members).toEqual([
      {
        player_id: ann.playerId,
        username: ann.holder.username,
        state: { x: 1.5, tags: ['é', '\u{1f600}', null] },
      },
      { player_id: bob.playerId, username: bob.holder.username, state: null },
    ])
    expect(await ann.next('player_joined')).toEqual({
      type: 'player_joined',
      room_id: room,
      player_id: bob.playerId,
      username: bob.holder.username,
    })
    expect(await bob.ask({ type: 'leave_room' }, 'room_left')).toMatchObject({ room_id: room })
    expect(await ann.next('player_left')).toEqual({
      type: 'player_left',
      room_id: room,
      player_id: bob.playerId,
    })
    ann.ws.close()
  })

  test('hands a state to the others and a message to all, with the sender from the session', async () => {
    const [ann, bob] = [await speaker(), await player()]
    for (const member of [ann, bob]) await member.ask(joinRoom(`${room}-talk`), 'room_joined')
    ann.say({ type: 'player_state_update', state: { x: 1 } })
    ann.say({ type: 'player_state_update', state: { x: 2 } })
    bob.say({ type: 'player_state_update', state: {} })
    expect(await bob.next('state_update')).toMatchObject({
      player_id: ann.playerId,
      state: { x: 1 },
    })
    expect((await bob.next('state_update')).seq).toBeGreaterThan(1)
    expect(await ann.next('state_update')).toMatchObject({ player_id: bob.playerId, state: {} })
    ann.say({ type: 'send_message', channel: 'room', data: ['hi', { deep: [1, -2, 1e30] }] })
    for (const member of [ann, bob]) {
      expect(await member.next('message')).toEqual({
        type: 'message',
        channel: 'room',
        from: ann.playerId,
        data: ['hi', { deep: [1, -2, 1e30] }],
      })
    }
    // Its own state does not come back to the sender.
    expect((await ann.rest()).filter(({ type }) => type === 'state_update')).toEqual([])
  })

  test('carries texts of every size that fits a frame', async () => {
    const [ann, bob] = [await speaker(), await speaker()]
    for (const member of [ann, bob]) await member.ask(joinRoom(`${room}-big`), 'room_joined')
    for (const size of [0, 1, 60, 125, 126, 400, 65_000]) {
      ann.say({ type: 'send_message', channel: 'room', data: 'ä'.repeat(size / 2) })
      expect((await bob.next('message')).data).toBe('ä'.repeat(size / 2))
    }
  })
})

test('numbers state updates strictly upwards for every receiver', async () => {
  const [ann, bob, eve] = [await player(), await player(), await player()]
  for (const member of [ann, bob, eve]) await member.ask(joinRoom('seq'), 'room_joined')
  for (let x = 0; x < 30; x++) {
    ann.say({ type: 'player_state_update', state: { x } })
    bob.say({ type: 'player_state_update', state: { x } })
  }
  await Promise.all([ann.rest(), bob.rest()])
  const seqs = (await eve.rest()).flatMap(m => (m.type === 'state_update' ? [m.seq] : []))
  expect(seqs).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
})

test('keeps a message right behind join_room waiting until the room is joined', async () => {
  const [ann, bob] = [await player(), await player()]
  await bob.ask(joinRoom('order'), 'room_joined')
  ann.say(joinRoom('order'))
  ann.say({ type: 'player_state_update', state: { first: true } })
  expect((await bob.next('state_update')).state).toEqual({ first: true })
})

test('lets a socket be in one room at a time', async () => {
  const [ann, bob] = [await player(), await player()]
  for (const member of [ann, bob]) await member.ask(joinRoom('first'), 'room_joined')
  await ann.ask(joinRoom('second'), 'room_joined')
  expect(await bob.next('player_left')).toMatchObject({ player_id: ann.playerId })
  bob.say({ type: 'send_message', channel: 'room', data: 1 })
  await bob.rest()
  expect((await ann.rest()).filter(({ type }) => type === 'message')).toEqual([])
})

test('seats a player who comes back in the old place without a word to the others', async () => {
  const [ann, bob] = [await player(), await player()]
  for (const member of [ann, bob]) await member.ask(joinRoom('again'), 'room_joined')
  bob.say({ type: 'player_state_update', state: { hp: 7 } })
  await bob.rest()
  const bobAgain = await stage.join(node, { holder: bob.holder })
  const { members } = await bobAgain.ask(joinRoom('again'), 'room_joined')
  expect(members.map(({ state }) => state)).toEqual([null, { hp: 7 }])
  expect(await bob.next('room_left')).toEqual({ type: 'room_left', room_id: 'again' })
  bob.ws.close()
  await bob.closed
  bobAgain.say({ type: 'player_state_update', state: { hp: 6 } })
  expect(await ann.next('state_update')).toMatchObject({ player_id: bob.playerId })
  const noise = (await ann.rest()).filter(({ type }) => type !== 'state_update')
  expect(noise.map(({ type }) => type)).toEqual(['player_joined'])
})

test('tells the others when a socket is gone', async () => {
  const [ann, bob] = [await player(), await player()]
  for (const member of [ann, bob]) await member.ask(joinRoom('gone'), 'room_joined')
  bob.ws.terminate()
  expect(await ann.next('player_left')).toMatchObject({ player_id: bob.playerId })
})

test('refuses messages for a room from a socket that is in none', async () => {
  const ann = await player()
  for (const message of [
    { type: 'player_state_update', state: {} },
    { type: 'send_message', channel: 'room', data: 1 },
    { type: 'leave_room' },
  ]) {
    ann.say({ ...message, id: 5 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 5, code: 'not_in_room' })
  }
})

test('takes a hundred members and refuses the next', { timeout: 20_000 }, async () => {
  const members = await Promise.all(Array.from({ length: 100 }, player))
  await Promise.all(members.map(member => member.ask(joinRoom('crowd'), 'room_joined')))
  const late = await player()
  late.say({ ...joinRoom('crowd'), id: 1 })
  expect(await late.next('error')).toMatchObject({ reply_to: 1, code: 'room_full' })
  const [first] = members
  if (first === undefined) throw new Error('nobody came')
  const back = await stage.join(node, { holder: first.holder })
  expect((await back.ask(joinRoom('crowd'), 'room_joined')).members).toHaveLength(100)
})

test('keeps rooms of the same name in two environments apart', async () => {
  const here = await player()
  const there = await stage.join(node, { holder: newPlayer() })
  for (const member of [here, there]) {
    expect((await member.ask(joinRoom('lobby'), 'room_joined')).members).toHaveLength(1)
  }
  here.say({ type: 'send_message', channel: 'room', data: 'secret' })
  here.say({ type: 'player_state_update', state: { secret: true } })
  await here.rest()
  expect(await there.rest()).toEqual([])
  expect((await here.rest()).map(({ type }) => type)).not.toContain('player_joined')
})
