import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { once, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const ticket = {
  ticket_id: 'party-ticket',
  mode: 'together',
  state: 'queued',
  reason: null,
  player_ids: [],
  waiting_seconds: 0,
  explanation: null,
  match: null,
}
const why = {
  type: 'queue_update',
  ticket_id: 'party-ticket',
  mode: 'together',
  state: 'queued',
  waiting_seconds: 3,
  candidates: 2,
  compatible: 0,
  estimated_seconds: null,
  rules: [{ rule: 'skill', excludes: 2, limit: 50, widens_in_seconds: 7 }],
} as const
const saidTypes = (index: number) => stage.socketAt(index).said.map(({ type }) => type)

test('queues the party by REST, hears of it on the socket, and asks for it again on the next one', async () => {
  const { matchmaking } = cloud.multiplayer
  const asked = vi.fn()
  stage.api.answer('POST /matchmaking/tickets', request => {
    asked(request.body)
    return { status: 201, body: { ticket } }
  })
  const joined = unwrap(await matchmaking.joinQueue({ mode: 'together', party: true }))
  expect(joined).toMatchObject({ ticket_id: 'party-ticket' })
  expect(asked).toHaveBeenCalledWith({ mode: 'together', party: true })
  const heard = vi.fn()
  matchmaking.on('queue_joined', heard)
  stage.socketAt(0).say({ type: 'queue_joined', ticket_id: 'party-ticket', mode: 'together' })
  stage.relay.answer('explain_queue', () => why)
  stage.socketAt(0).cut()
  await soon(() => expect(heard).toHaveBeenCalledWith({ ticket_id: 'party-ticket', resumed: true }))
  expect(heard).toHaveBeenCalledOnce()
  expect(saidTypes(1)).toEqual(['explain_queue'])
  expect(asked).toHaveBeenCalledOnce()
  expect(await matchmaking.leaveQueue()).toEqual({ success: true })
  expect(saidTypes(1)).toEqual(['explain_queue', 'leave_queue'])
})

test('hears that the leader has queued it, and that the ticket is gone after a lost connection', async () => {
  const { matchmaking } = cloud.multiplayer
  unwrap(await cloud.multiplayer.connect())
  const joined = once<object>(done => matchmaking.on('queue_joined', done))
  stage.socketAt(0).say({ type: 'queue_joined', ticket_id: 'party-ticket', mode: 'together' })
  expect(await joined).toEqual({ ticket_id: 'party-ticket', resumed: false })
  const left = once<object>(done => matchmaking.on('queue_left', done))
  stage.relay.answer('explain_queue', () => ({ type: 'error', code: 'not_queued', detail: 'gone' }))
  stage.socketAt(0).cut()
  expect(await left).toMatchObject({ error: { code: 'not_queued' } })
})

test('says yes and no to a proposed match, and tells what becomes of it', async () => {
  const { matchmaking } = cloud.multiplayer
  unwrap(await matchmaking.joinQueue({ mode: 'ranked', attributes: { skill: 5 } }))
  const proposed = once<object>(done => matchmaking.on('match_proposed', done))
  stage.socketAt(0).say({ type: 'match_proposed', match_id: 'm', players: 2, accept_seconds: 10 })
  expect(await proposed).toEqual({ match_id: 'm', players: 2, accept_seconds: 10 })
  stage.relay.answer('accept_match', ({ match_id }) => ({
    type: 'match_answered',
    match_id,
    accepted: true,
  }))
  expect(await matchmaking.accept('m')).toEqual({ success: true })
  const cancelled = once<object>(done => matchmaking.on('match_cancelled', done))
  stage.socketAt(0).say({ type: 'match_cancelled', match_id: 'm', requeued: true })
  expect(await cancelled).toEqual({ match_id: 'm', requeued: true })
  const left = once<object>(done => matchmaking.on('queue_left', done))
  stage.socketAt(0).say({ type: 'queue_left', reason: 'timed_out' })
  expect(await left).toEqual({ reason: 'timed_out' })
})

test('says why the player waits, when asked and by itself', async () => {
  const { matchmaking } = cloud.multiplayer
  unwrap(await matchmaking.joinQueue({ mode: 'ranked', attributes: { skill: 5 } }))
  stage.relay.answer('explain_queue', () => why)
  const { type: _type, ...update } = why
  expect(await matchmaking.explain()).toEqual({ success: true, ...update })
  const told = once<object>(done => matchmaking.on('queue_update', done))
  stage.socketAt(0).say(why)
  expect(await told).toEqual(update)
})

test('measures the regions that name an address', async () => {
  const regions = [
    { name: 'eu', ping_url: `${stage.api.url}/ping` },
    { name: 'us', ping_url: null },
  ]
  const queue = { name: 'world', teams: [], regions, party_size: 1, ready_check_seconds: null }
  stage.api.answer('GET /matchmaking/queues', () => ({
    status: 200,
    body: { items: [{ ...queue, is_rated: false }], next_cursor: null },
  }))
  const { latencies_ms } = unwrap(await cloud.multiplayer.matchmaking.measureLatencies('world'))
  expect(latencies_ms).toEqual({ eu: expect.any(Number) })
  expect(await cloud.multiplayer.matchmaking.measureLatencies('none')).toMatchObject({
    error: { code: 'not_found' },
  })
})
