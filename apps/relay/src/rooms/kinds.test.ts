import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RoomHooksMaker } from '@aethex/sdk/server'
import { compileStateSchema } from '@aethex/sdk/state-schema'
import { findRoomNode } from '@aethex/shared/fleet'
import { createRoom, mintRoomId, RoomDefinition } from '@aethex/shared/rooms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'
import type { RoomKindMaker } from './room.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'
const tickMs = 20

/** What the hooks of rooms have done, by room. */
const diary = new Map<string, string[]>()
const note = (roomId: string, line: string) =>
  diary.set(roomId, [...(diary.get(roomId) ?? []), line])

/** Counts what its members ask for, and decides where they stand. */
const counting: RoomKindMaker = () => {
  let count = 0
  let ticks = 0
  return {
    hasAuthority: true,
    onCreate(room, kept) {
      if (typeof kept === 'number') count = kept
      note(room.roomId, `create ${kept ?? 'anew'}`)
      room.things.set('counter', { count })
    },
    onJoin(room, member) {
      note(room.roomId, 'join')
      room.sayTo(member, { welcome: member.username })
    },
    onState(room, member, { x }) {
      if (typeof x !== 'number') throw new Error('a bug of the studio')
      room.show(member, { x: Math.max(0, Math.min(10, x)) })
    },
    onMessage(room, member, data) {
      if (data === 'fail') throw new Error('a bug of the studio')
      if (data === 'out') room.dismiss(member)
      if (data === 'drop') room.things.remove('counter')
      if (data !== 'count') return undefined
      count += 1
      room.things.set('counter', { count })
      room.say({ count })
      return { yours: count }
    },
    onTick(room, elapsedMs) {
      ticks += 1
      if (ticks === 1) room.things.set('clock', { elapsed: elapsedMs > 0 })
      if (ticks === 3) throw new Error('a bug of the studio')
      if (ticks === 5) room.things.set('clock', { ticks })
    },
    onLeave: room => void note(room.roomId, 'leave'),
    onEmpty: room => void note(room.roomId, 'empty'),
    onMove: () => count,
  }
}

/** Everybody sees who stands within 5 of them. */
const foggy: RoomKindMaker = () => ({
  onState: (room, ...shown) => room.show(...shown),
  isSeenBy: (_room, member, tracked) =>
    Math.abs(Number(tracked.state.x) - Number(member.shown.state.x)) <= 5,
})

/** Written with the types that studios have. */
const described: RoomHooksMaker = () => ({
  onCreate: room => room.things.set('kind', { name: room.definition?.kind }),
  isSeenBy: (_room, member, shown) => shown.isThing || member.shown === shown,
})

const kinds: Record<string, RoomKindMaker> = { counting, foggy, described }

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ roomTickMs: tickMs }, {}, kinds)
})
afterAll(() => stage.close())

const player = (at = node, protocol: 'aethex.v1.json' | 'aethex.v1.msgpack' = 'aethex.v1.json') =>
  stage.join(at, { environmentId, isModern: true, protocol })

async function make(wish: object) {
  const roomId = mintRoomId()
  const definition = RoomDefinition.parse(wish)
  await createRoom(stage.redis, { environmentId, roomId, definition, isPrivate: false })
  return roomId
}
const enter = (who: TestClient, room_id: string) =>
  who.ask({ type: 'join_room', room_id }, 'room_joined')
const say = (who: TestClient, data: unknown) =>
  who.ask({ type: 'send_message', channel: 'room', data }, 'ack')
const show = (who: TestClient, state: object, id?: number) =>
  who.say({ type: 'player_state_update', state, ...(id === undefined ? {} : { id }) })
/** What arrived as states, by the keys of things and the refs of members. */
const refOf = (
  view: { members: { player_id: string; ref?: number | undefined }[] },
  who: TestClient,
) => view.members.find(({ player_id }) => player_id === who.playerId)?.ref ?? -1

describe('a room of a kind of one’s own', () => {
  test('decides by its hooks: what joining, messages, states and time do', async () => {
    const roomId = await make({ kind: 'counting' })
    const ann = await player()
    const view = await enter(ann, roomId)
    expect(view.things?.[0]).toMatchObject({ key: 'counter', state: { count: 0 } })
    expect(await ann.next('message')).toMatchObject({
      from: null,
      own_seq: 1,
      data: { welcome: ann.holder.username },
    })
    expect((await say(ann, 'count')).data).toEqual({ yours: 1 })
    expect(await ann.next('message')).toMatchObject({ from: null, data: { count: 1 } })
    const counterRef = view.things?.[0]?.ref ?? -1
    await expect.poll(() => ann.seen().get(counterRef)).toEqual({ count: 1 })
    // What the room makes of a member's wish, the member sees too.
    show(ann, { x: 99 })
    await expect.poll(() => ann.seen().get(refOf(view, ann))).toEqual({ x: 10 })
    await say(ann, 'drop')
    await expect.poll(() => ann.seen().has(counterRef)).toBe(false)
    await ann.ask({ type: 'leave_room' }, 'room_left')
    await expect.poll(() => diary.get(roomId)).toEqual(['create anew', 'join', 'leave', 'empty'])
  })

  test('tells one member something alone, and others never hear it', async () => {
    const roomId = await make({ kind: 'counting' })
    const [ann, bob] = [await player(), await player()]
    await enter(ann, roomId)
    await ann.next('message')
    await enter(bob, roomId)
    await bob.next('message')
    expect((await ann.rest()).filter(({ type }) => type === 'message')).toEqual([])
  })

  test('ticks by itself, and survives what its hooks throw', async () => {
    const roomId = await make({ kind: 'counting' })
    const ann = await player()
    await enter(ann, roomId)
    const clock = () => [...ann.seen().values()].find(state => 'elapsed' in state)
    await expect.poll(clock).toEqual({ elapsed: true, ticks: 5 })
    show(ann, { x: 'nowhere' }, 5)
    expect(await ann.next('error')).toMatchObject({ reply_to: 5, code: 'internal' })
    ann.say({ type: 'send_message', channel: 'room', id: 6, data: 'fail' })
    expect(await ann.next('error')).toMatchObject({ reply_to: 6, code: 'internal' })
    expect((await say(ann, 'count')).data).toEqual({ yours: 1 })
  })

  test('puts a member out', async () => {
    const roomId = await make({ kind: 'counting' })
    const ann = await player()
    await enter(ann, roomId)
    ann.say({ type: 'send_message', channel: 'room', data: 'out' })
    expect(await ann.next('room_left')).toMatchObject({ room_id: roomId })
  })

  test('N25: takes what it knows along when its node is stopped', async () => {
    const from = await stage.startNode({ roomTickMs: tickMs }, {}, kinds)
    const roomId = await make({ kind: 'counting' })
    const ann = await player(from)
    const view = await enter(ann, roomId)
    for (let times = 0; times < 3; times++) await say(ann, 'count')
    await from.close()
    const back = await stage.join(node, { holder: ann.holder, isModern: true })
    const resume = { room_id: roomId, resume_token: view.resume_token ?? '' }
    const gap = { type: 'resume' as const, ...resume, seq: 0, own_seq: 0 }
    const resumed = await back.ask(gap, 'resumed')
    expect(resumed.things?.find(({ key }) => key === 'counter')?.state).toEqual({ count: 3 })
    // A client's numbers go on from connection to connection.
    back.say({ type: 'send_message', id: 5_000, channel: 'room', data: 'count' })
    expect((await back.next('ack')).data).toEqual({ yours: 4 })
    expect(diary.get(roomId)).toEqual(['create anew', 'join', 'create 3'])
  })

  test('shows each member what is near: whole when it comes into sight, gone when it leaves it', async () => {
    const roomId = await make({ kind: 'foggy' })
    const [ann, bob] = [await player(), await player()]
    await enter(ann, roomId)
    show(ann, { x: 0 })
    const view = await enter(bob, roomId)
    show(bob, { x: 20, name: 'bob' })
    const [annRef, bobRef] = [refOf(view, ann), refOf(view, bob)]
    await bob.rest()
    show(bob, { x: 4 })
    await expect.poll(() => ann.seen().get(bobRef)).toEqual({ x: 4, name: 'bob' })
    await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 0 })
    show(bob, { x: 3 })
    await expect.poll(() => ann.seen().get(bobRef)).toEqual({ x: 3, name: 'bob' })
    expect(ann.ticks.at(-1)?.slice(1)).toEqual([bobRef, { x: 3 }])
    show(bob, { x: 30 })
    await expect.poll(() => ann.seen().has(bobRef)).toBe(false)
    expect(JSON.stringify(ann.ticks)).not.toContain('30')
  })

  test('is what the SDK’s types describe', async () => {
    const ann = await player()
    const view = await enter(ann, await make({ kind: 'described' }))
    expect(view.things?.[0]).toMatchObject({ key: 'kind', state: { name: 'described' } })
  })

  test('is refused where no node knows the kind', async () => {
    const roomId = await make({ kind: 'nobody-knows' })
    const ann = await player()
    await expect(enter(ann, roomId)).rejects.toThrow('room_kind_unknown')
    // It is left to a node that does.
    expect(await findRoomNode(stage.redis, environmentId, roomId)).toBeUndefined()
  })
})

describe('a declared state', () => {
  const state_schema = {
    x: { type: 'number', min: -100, max: 100, step: 0.5 },
    hp: { type: 'int', min: 0, max: 100 },
  }
  const packer = compileStateSchema(state_schema)

  async function pair() {
    const roomId = await make({ state_schema })
    const [ann, bob] = [
      await player(node, 'aethex.v1.msgpack'),
      await player(node, 'aethex.v1.msgpack'),
    ]
    await enter(ann, roomId)
    const view = await enter(bob, roomId)
    expect(view.state_schema).toEqual(state_schema)
    return { roomId, ann, bob, annRef: refOf(view, ann) }
  }
  const lastChange = (who: TestClient) => who.ticks.at(-1)?.[2]

  test('travels as few bytes both ways over MessagePack, and as fields over JSON', async () => {
    const { roomId, ann, bob, annRef } = await pair()
    const eve = await player()
    await enter(eve, roomId)
    // A frame that is nothing but bytes.
    ann.say(packer.pack({ x: 12.3, hp: 90 }))
    await expect.poll(() => eve.seen().get(annRef)).toEqual({ x: 12.5, hp: 90 })
    await expect.poll(() => lastChange(bob)).toBeInstanceOf(Uint8Array)
    const change = lastChange(bob)
    if (!(change instanceof Uint8Array)) throw new Error('no bytes came')
    expect(packer.unpack(change)).toEqual({ x: 12.5, hp: 90 })
    ann.say(packer.pack({ hp: null }))
    await expect.poll(() => eve.seen().get(annRef)).toEqual({ x: 12.5 })
    show(eve, { x: 1.1, free: 'text' })
    await expect.poll(() => ann.seen().size).toBeGreaterThan(0)
    expect([...ann.seen().values()].at(-1)).toEqual({ x: 1, free: 'text' })
  })

  test('E8, H15: is refused when it is of another kind, and nobody’s room ends by it', async () => {
    const { roomId, ann, bob, annRef } = await pair()
    const eve = await player()
    await enter(eve, roomId)
    for (const state of [{ x: 'far' }, { hp: {} }, { x: [1] }, { x: true }]) {
      show(eve, state, 9)
      expect(await eve.next('error')).toMatchObject({ reply_to: 9, code: 'state_malformed' })
    }
    ann.say(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    expect(await ann.next('error')).toMatchObject({ code: 'state_malformed' })
    show(eve, { x: 1e300, hp: -5 })
    await expect.poll(() => lastChange(bob)).toBeInstanceOf(Uint8Array)
    ann.say(packer.pack({ hp: 7 }))
    await expect.poll(() => eve.seen().get(annRef)).toEqual({ hp: 7 })
  })

  test('is not for rooms that declare none', async () => {
    const ann = await player(node, 'aethex.v1.msgpack')
    await enter(ann, `open-${randomUUID()}`)
    ann.say(packer.pack({ hp: 7 }))
    expect(await ann.next('error')).toMatchObject({ code: 'state_malformed' })
  })
})

describe('ROOM_KINDS', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kinds-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const write = async (name: string, code: string) => {
    const file = path.join(folder, name)
    await writeFile(file, code)
    return file
  }

  test('names a module whose kinds the node knows', async () => {
    const code = `export default {
      echo: () => ({ onMessage: (room, member, data) => ({ echo: data, members: room.size }) }),
    }`
    const at = await stage.startNode({}, { ROOM_KINDS: await write('kinds.mjs', code) })
    const roomId = await make({ kind: 'echo' })
    const ann = await player(at)
    await enter(ann, roomId)
    expect((await say(ann, 'hi')).data).toEqual({ echo: 'hi', members: 1 })
    show(ann, { x: 1 }, 5)
    expect(await ann.next('error')).toMatchObject({ reply_to: 5, code: 'not_taken_here' })
  })

  test.each([
    ['no default export', 'export const echo = 1'],
    ['a kind that is no function', 'export default { echo: {} }'],
    ['a name that is none', 'export default { "No Name": () => ({}) }'],
  ])('with %s keeps the node from starting, and says why', async (what, code) => {
    const file = await write(`${what.replaceAll(' ', '-')}.mjs`, code)
    await expect(stage.startNode({}, { ROOM_KINDS: file })).rejects.toThrow('ROOM_KINDS')
  })
})
