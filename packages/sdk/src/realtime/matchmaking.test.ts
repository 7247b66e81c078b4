import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { issueTickets } from '../testing/test-relay.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const saidTypes = (index: number) => stage.socketAt(index).said.map(({ type }) => type)

test('waits in a queue, again after a lost connection, until a match is found', async () => {
  const { matchmaking } = cloud.multiplayer
  const wish = { mode: 'duel', region: 'eu', skill_range: [0, 100] as [number, number] }
  expect(await matchmaking.joinQueue(wish)).toMatchObject({ ticket_id: 'queue-ticket' })
  const again = once<object>(done => matchmaking.on('queue_joined', done))
  const found = once<object>(done => matchmaking.on('match_found', done))
  stage.socketAt(0).cut()
  expect(await again).toMatchObject({ resumed: true })
  expect(stage.socketAt(1).said).toMatchObject([{ type: 'join_queue', ...wish }])
  stage.socketAt(1).say({ type: 'match_found', match_id: 'm', room_id: 'r1', players: [] })
  expect(await found).toEqual({ match_id: 'm', room_id: 'r1', players: [] })
  stage.socketAt(1).cut()
  await vi.waitFor(() => expect(stage.relay.sockets).toHaveLength(3))
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  expect(saidTypes(2)).toEqual(['join_room'])
})

test('leaves the queue, or says that it is too late', async () => {
  const { matchmaking } = cloud.multiplayer
  const wish = { mode: 'duel', region: 'eu', skill_range: [0, 100] as [number, number] }
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
  const wish = { mode: 'duel', region: 'eu', skill_range: [0, 100] as [number, number] }
  unwrap(await matchmaking.joinQueue(wish))
  stage.relay.answer('join_queue', ({ mode }) =>
    mode === 'duel'
      ? { type: 'queue_joined', ticket_id: 'same' }
      : { type: 'error', code: 'already_queued', detail: 'queued' },
  )
  const refused = await matchmaking.joinQueue({ ...wish, mode: 'other' })
  expect(refused).toMatchObject({ error: { code: 'already_queued' } })
  stage.socketAt(0).cut()
  await vi.waitFor(() => expect(stage.socketAt(1).said).toMatchObject([{ mode: 'duel' }]))
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
  await vi.waitFor(() => expect(eager.sockets).toHaveLength(1))
  eager.sockets[0]?.say({ type: 'match_found', match_id: 'm', room_id: 'r1', players: [] })
  unwrap(await connecting)
  expect(await found).toMatchObject({ match_id: 'm' })
})
