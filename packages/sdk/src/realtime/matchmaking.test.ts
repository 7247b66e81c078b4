import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { problem } from '../testing/test-api.js'
import { issueTickets } from '../testing/test-relay.js'
import type { QueueWish } from './matchmaking.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const wish: QueueWish = { mode: 'duel', region: 'eu', skill_range: [0, 100] }
const cancelled = { success: false, error: { code: 'cancelled' } }

/** Lets nobody connect until the answered function is called. */
function holdTickets(): () => void {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  stage.api.answer('POST /realtime/tickets', async () => {
    await opened
    return { status: 201, body: { url: stage.relay.url, ticket: 'held', expires_in: 30 } }
  })
  return open
}

function countLeft(): () => number {
  const heard = vi.fn()
  cloud.multiplayer.matchmaking.on('queue_left', heard)
  return () => heard.mock.calls.length
}

const saidTypes = (index: number) => stage.socketAt(index).said.map(({ type }) => type)

test('waits in a queue, again after a lost connection, until a match is found', async () => {
  const { matchmaking } = cloud.multiplayer
  expect(await matchmaking.joinQueue(wish)).toMatchObject({ ticket_id: 'queue-ticket' })
  const again = once<object>(done => matchmaking.on('queue_joined', done))
  const found = once<object>(done => matchmaking.on('match_found', done))
  stage.socketAt(0).cut()
  expect(await again).toMatchObject({ resumed: true })
  expect(stage.socketAt(1).said).toMatchObject([{ type: 'join_queue', ...wish }])
  stage.socketAt(1).say({ type: 'match_found', match_id: 'm', room_id: 'r1', players: [] })
  expect(await found).toEqual({ match_id: 'm', room_id: 'r1', players: [] })
  stage.socketAt(1).cut()
  await soon(() => expect(stage.relay.sockets).toHaveLength(3))
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(saidTypes(2)).toEqual(['join_room'])
})

test('leaves the queue, or says that it is too late', async () => {
  const { matchmaking } = cloud.multiplayer
  unwrap(await matchmaking.joinQueue(wish))
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  unwrap(await matchmaking.joinQueue(wish))
  stage.relay.answer('leave_queue', () => ({
    type: 'error',
    code: 'already_matched',
    detail: 'late',
  }))
  expect(await matchmaking.leaveQueue()).toMatchObject({ error: { code: 'already_matched' } })
})

test('keeps the place in the queue when another wish is refused', async () => {
  const { matchmaking } = cloud.multiplayer
  unwrap(await matchmaking.joinQueue(wish))
  stage.relay.answer('join_queue', ({ mode }) =>
    mode === 'duel'
      ? { type: 'queue_joined', ticket_id: 'same' }
      : { type: 'error', code: 'already_queued', detail: 'queued' },
  )
  const refused = await matchmaking.joinQueue({ ...wish, mode: 'other' })
  expect(refused).toMatchObject({ error: { code: 'already_queued' } })
  stage.socketAt(0).cut()
  await soon(() => expect(stage.socketAt(1).said).toMatchObject([{ mode: 'duel' }]))
})

test('hears what the relay says right behind its welcome, in order', async () => {
  const eager = await stage.addRelay()
  issueTickets(stage.api, () => eager)
  eager.answer('join_room', (_message, socket) => {
    socket.say(roomOf('ada'))
    return undefined
  })
  const { matchmaking } = cloud.multiplayer
  const found = once<object>(done => matchmaking.on('match_found', done))
  const connecting = cloud.multiplayer.connect()
  await soon(() => expect(eager.sockets).toHaveLength(1))
  eager.sockets[0]?.say({ type: 'match_found', match_id: 'm', room_id: 'r1', players: [] })
  unwrap(await connecting)
  expect(await found).toMatchObject({ match_id: 'm' })
})

test('does not queue a player who leaves while the connection is being made', async () => {
  const { matchmaking } = cloud.multiplayer
  const leftTimes = countLeft()
  const letIn = holdTickets()
  const joining = matchmaking.joinQueue(wish)
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  expect(await joining).toMatchObject(cancelled)
  letIn()
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(saidTypes(0)).toEqual(['join_room'])
  expect(leftTimes()).toBe(1)
})

test('does not queue a player who leaves while the connection is being brought back', async () => {
  const { matchmaking } = cloud.multiplayer
  const leftTimes = countLeft()
  unwrap(await matchmaking.joinQueue(wish))
  const letIn = holdTickets()
  const lost = once<string>(done => cloud.multiplayer.on('state', done))
  stage.socketAt(0).cut()
  expect(await lost).toBe('resuming')
  const joining = matchmaking.joinQueue(wish)
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  expect(await joining).toMatchObject(cancelled)
  letIn()
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  // The relay keeps the place of a lost connection for a while, and is told now.
  expect(saidTypes(1)).toEqual(['leave_queue', 'join_room'])
  expect(leftTimes()).toBe(1)
})

test('leaves a queue that has not answered yet, and takes no late answer', async () => {
  const { matchmaking } = cloud.multiplayer
  const leftTimes = countLeft()
  const joined = vi.fn()
  matchmaking.on('queue_joined', joined)
  stage.relay.answer('join_queue', () => undefined)
  unwrap(await cloud.multiplayer.connect())
  const joining = matchmaking.joinQueue(wish)
  await soon(() => expect(saidTypes(0)).toEqual(['join_queue']))
  const reply_to = stage.socketAt(0).said[0]?.id
  stage.relay.answer('leave_queue', (_message, socket) => {
    socket.say({ type: 'queue_joined', ticket_id: 'late', reply_to })
    return { type: 'queue_left' }
  })
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  expect(await joining).toMatchObject(cancelled)
  expect(saidTypes(0)).toEqual(['join_queue', 'leave_queue'])
  expect(joined).not.toHaveBeenCalled()
  expect(leftTimes()).toBe(1)
})

test('joins again right after leaving, although the first joining has not ended', async () => {
  const { matchmaking } = cloud.multiplayer
  const letIn = holdTickets()
  const first = matchmaking.joinQueue(wish)
  const leaving = matchmaking.leaveQueue()
  const second = matchmaking.joinQueue({ ...wish, mode: 'other' })
  letIn()
  expect(await first).toMatchObject(cancelled)
  expect(await leaving).toEqual({ success: true })
  expect(await second).toMatchObject({ success: true })
  expect(stage.socketAt(0).said).toMatchObject([{ type: 'join_queue', mode: 'other' }])
})

test('gives up joining when the game disconnects', async () => {
  const letIn = holdTickets()
  const joining = cloud.multiplayer.matchmaking.joinQueue(wish)
  cloud.multiplayer.disconnect()
  expect(await joining).toMatchObject(cancelled)
  letIn()
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  const said = stage.relay.sockets.flatMap(socket => socket.said)
  expect(said.map(({ type }) => type)).toEqual(['join_room'])
})

test('wants nothing any more after joinings that all failed', async () => {
  const { matchmaking } = cloud.multiplayer
  stage.api.answer('POST /realtime/tickets', problem(403, 'forbidden'))
  const results = await Promise.all([matchmaking.joinQueue(wish), matchmaking.joinQueue(wish)])
  for (const result of results) expect(result).toMatchObject({ error: { code: 'forbidden' } })
  issueTickets(stage.api, () => stage.relay)
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(saidTypes(0)).toEqual(['join_room'])
})

test('leaves again when the relay has not answered the first time', async () => {
  const { matchmaking } = cloud.multiplayer
  const leftTimes = countLeft()
  unwrap(await matchmaking.joinQueue(wish))
  stage.relay.answer('leave_queue', () => undefined)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const leaving = matchmaking.leaveQueue()
  vi.advanceTimersByTime(10_000)
  vi.useRealTimers()
  expect(await leaving).toMatchObject({ error: { code: 'timed_out' } })
  expect(leftTimes()).toBe(0)
  stage.relay.answer('leave_queue', () => ({ type: 'queue_left' }))
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  expect(saidTypes(0)).toEqual(['join_queue', 'leave_queue', 'leave_queue'])
  expect(leftTimes()).toBe(1)
})
