import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = randomUUID()

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ messagesPerSecond: 1_000, messageBurst: 1_000 })
})
afterAll(() => stage.close())

async function memberOf(room_id: string, voice = true, environment = environmentId) {
  const holder = { ...newPlayer(environment), permissions: { chat: true, voice } }
  const client = await stage.join(node, { holder })
  await client.ask({ type: 'join_room', room_id }, 'room_joined')
  return client
}

const refusalOf = async (client: TestClient, message: object) =>
  (await client.ask({ type: 'signal', ...message } as never, 'error')).code

const signalsOf = async (client: TestClient) =>
  (await client.rest()).filter(({ type }) => type === 'signal')

const sound = 'v=0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'
const offer = { description: { type: 'offer', sdp: 'v=0\r\nm=application 9 UDP/DTLS/SCTP x\r\n' } }

test('a signal reaches the one member it is for, in order, and nobody else', async () => {
  const [ann, bob, eve] = [await memberOf('one'), await memberOf('one'), await memberOf('one')]
  for (const [kind, data] of [
    ['offer', offer],
    ['candidate', [1, { deep: null }]],
    ['bye', null],
  ] as const) {
    ann.say({ type: 'signal', to: bob.playerId, kind, data })
  }
  await ann.rest()
  expect(await signalsOf(bob)).toEqual([
    { type: 'signal', from: ann.playerId, kind: 'offer', data: offer },
    { type: 'signal', from: ann.playerId, kind: 'candidate', data: [1, { deep: null }] },
    { type: 'signal', from: ann.playerId, kind: 'bye', data: null },
  ])
  expect(await signalsOf(eve)).toEqual([])
})

test('H19: a description or candidate of somebody else cannot be handed in', async () => {
  const [ann, bob, eve] = [await memberOf('from'), await memberOf('from'), await memberOf('from')]
  const spoofs = [{ from: ann.playerId }, { player_id: ann.playerId }, { session_id: 'x' }]
  for (const spoof of spoofs) {
    const message = { to: bob.playerId, kind: 'offer', data: offer, ...spoof }
    expect(await refusalOf(eve, message)).toBe('invalid_request')
  }
  eve.say({ type: 'signal', to: bob.playerId, kind: 'offer', data: { from: ann.playerId } })
  await eve.rest()
  expect(await signalsOf(bob)).toEqual([
    { type: 'signal', from: eve.playerId, kind: 'offer', data: { from: ann.playerId } },
  ])
})

test('H19: signals stay among the members of one room of one environment', async () => {
  const [ann, bob] = [await memberOf('here'), await memberOf('there')]
  const away = await memberOf('here', true, randomUUID())
  const loner = await stage.join(node, { environmentId })
  const to = (target: TestClient) => ({ to: target.playerId, kind: 'offer', data: offer })
  for (const target of [bob, away, loner, ann]) {
    expect(await refusalOf(ann, to(target))).toBe('player_not_in_room')
  }
  expect(await refusalOf(loner, to(ann))).toBe('not_in_room')
  await bob.ask({ type: 'join_room', room_id: 'here' }, 'room_joined')
  ann.say({ type: 'signal', ...to(bob) })
  expect((await bob.next('signal')).from).toBe(ann.playerId)
  await bob.ask({ type: 'leave_room' }, 'room_left')
  expect(await refusalOf(ann, to(bob))).toBe('player_not_in_room')
  for (const quiet of [away, loner]) expect(await signalsOf(quiet)).toEqual([])
})

test('H19: nothing about voice passes unless both may have voice', async () => {
  const [ann, bob] = [await memberOf('voice'), await memberOf('voice')]
  const child = await memberOf('voice', false)
  const unsaid = await stage.join(node, { environmentId })
  await unsaid.ask({ type: 'join_room', room_id: 'voice' }, 'room_joined')
  const aboutVoice = [
    { kind: 'voice_key', data: 'x' },
    { kind: 'Voice', data: null },
    { kind: 'offer', data: { description: { type: 'offer', sdp: sound } } },
    { kind: 'answer', data: { type: 'answer', sdp: sound } },
    { kind: 'other', data: { sdp: 'm=video 9 UDP/TLS/RTP/SAVPF 96' } },
  ]
  for (const signal of aboutVoice) {
    ann.say({ type: 'signal', to: bob.playerId, ...signal })
    expect((await bob.next('signal')).kind).toBe(signal.kind)
    for (const mute of [child, unsaid]) {
      expect(await refusalOf(ann, { to: mute.playerId, ...signal })).toBe('voice_forbidden')
      expect(await refusalOf(mute, { to: ann.playerId, ...signal })).toBe('voice_forbidden')
    }
  }
  ann.say({ type: 'signal', to: child.playerId, kind: 'offer', data: offer })
  expect((await child.next('signal')).data).toEqual(offer)
})

test('a signal of more than 16 KiB, or of a kind without a name, is refused', async () => {
  const [ann, bob] = [await memberOf('sizes'), await memberOf('sizes')]
  const to = bob.playerId
  expect(await refusalOf(ann, { to, kind: 'offer', data: 'x'.repeat(16 * 1024) })).toBe(
    'body_too_large',
  )
  ann.say({ type: 'signal', to, kind: 'offer', data: 'x'.repeat(16_000) })
  expect((await bob.next('signal')).data).toHaveLength(16_000)
  for (const kind of ['', 'a b', 'x'.repeat(33), 'chat.>', 7]) {
    expect(await refusalOf(ann, { to, kind, data: 1 })).toBe('invalid_request')
  }
  for (const nobody of ['', 'everyone', '*', [to], null]) {
    expect(await refusalOf(ann, { to: nobody, kind: 'offer', data: 1 })).toBe('invalid_request')
  }
  expect(await signalsOf(bob)).toEqual([])
})

test('signals above the rate are refused one by one, and the socket stays', async () => {
  const strict = await stage.startNode({ signalsPerSecond: 1, signalBurst: 5 })
  const seat = async () => {
    const client = await stage.join(strict, { environmentId })
    await client.ask({ type: 'join_room', room_id: 'rate' }, 'room_joined')
    return client
  }
  const [ann, bob] = [await seat(), await seat()]
  for (let n = 0; n < 20; n++) {
    ann.say({ type: 'signal', to: bob.playerId, kind: 'candidate', data: n })
  }
  const refusals = (await ann.rest()).filter(({ type }) => type === 'error')
  expect(refusals.length).toBeGreaterThanOrEqual(14)
  expect(refusals).toContainEqual(expect.objectContaining({ code: 'rate_limited' }))
  expect((await signalsOf(bob)).length).toBe(20 - refusals.length)
})

test('what is signalled to a member who is away for a moment waits, and comes once and in order', async () => {
  const room_id = 'away'
  const holder = { ...newPlayer(environmentId), permissions: { chat: true, voice: true } }
  const dial = () => stage.join(node, { holder, isModern: true })
  const [ann, first] = [await memberOf(room_id), await dial()]
  const view = await first.ask({ type: 'join_room', room_id }, 'room_joined')
  const signal = (kind: string, data: unknown) =>
    ann.say({ type: 'signal', to: first.playerId, kind, data })
  signal('voice_key', 0)
  expect(await first.next('signal')).toMatchObject({ data: 0 })
  first.ws.terminate()
  await first.closed
  for (const data of [1, 2, 3]) signal('voice_key', data)
  await ann.rest()
  const back = await dial()
  const seat = { room_id, resume_token: view.resume_token ?? '', seq: view.seq ?? 0, own_seq: 1 }
  await back.ask({ type: 'resume', ...seat }, 'resumed')
  signal('voice_key', 4)
  for (const data of [1, 2, 3, 4]) expect(await back.next('signal')).toMatchObject({ data })
  expect(await signalsOf(back)).toEqual([])
})
