import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unwrap } from '../../core/result.js'
import { type CloudServer, createServer } from '../../server.js'
import { soon } from '../../testing/soon.js'
import {
  problem,
  type SeenRequest,
  startTestApi,
  type TestAnswer,
  type TestApi,
} from '../../testing/test-api.js'
import type { PersistedWorld, PersistWorldOptions, WorldTrouble } from './persist-world.js'

interface Stored {
  event_id: string
  data: unknown
}

let api: TestApi
let server: CloudServer
let world: PersistedWorld | undefined
let journal: Stored[]
let snapshots: { sequence: number; state: unknown }[]
let troubles: WorldTrouble[]
/** What goes wrong with the next requests, one each. */
let faults: ('cut before' | 'lost answer' | TestAnswer)[]

/** The journal as the server keeps it: every id once, and only behind the expected number. */
function append({ body }: SeenRequest): TestAnswer {
  const events = body.events as Stored[]
  const isKnown = events.every(event => journal.some(one => one.event_id === event.event_id))
  if (!isKnown) {
    if (body.expected_sequence !== journal.length) {
      return problem(409, 'sequence_mismatch', { last_sequence: journal.length })
    }
    journal.push(...events)
  }
  return { body: { events: [], last_sequence: journal.length } }
}

function writeSnapshot({ body, headers }: SeenRequest): TestAnswer {
  const version = snapshots.length
  const isOn =
    version === 0 ? headers['if-none-match'] === '*' : headers['if-match'] === `"${version}"`
  if (!isOn) return problem(412, 'version_mismatch', { version })
  snapshots.push({ sequence: Number(body.sequence), state: body.state })
  return { body: { snapshot: { version: version + 1 } } }
}

const faulty = (work: (request: SeenRequest) => TestAnswer) => (request: SeenRequest) => {
  const fault = faults.shift()
  if (fault === 'cut before') return { cut: true }
  if (fault === 'lost answer') {
    work(request)
    return { cut: true }
  }
  return fault ?? work(request)
}

beforeEach(async () => {
  ;[journal, snapshots, troubles, faults, world] = [[], [], [], [], undefined]
  api = await startTestApi()
  server = createServer({ apiKey: 'sk_test', url: api.url, backoff: { firstMs: 1, maxMs: 4 } })
  api.answer('GET /worlds/w', problem(404, 'not_found'))
  api.answer('POST /worlds/w/events', faulty(append))
  api.answer('PUT /worlds/w/snapshot', faulty(writeSnapshot))
})
afterEach(async () => {
  vi.useRealTimers()
  await world?.close(50)
  server.close()
  await api.close()
})

function open(options: Partial<PersistWorldOptions> = {}): PersistedWorld {
  world = server.persistWorld({
    worldId: 'w',
    snapshot: () => ({ events: journal.length }),
    flushEveryMs: 5,
    onTrouble: trouble => void troubles.push(trouble),
    ...options,
  })
  return world
}

test('sends what is recorded in batches, and counts what was acknowledged', async () => {
  const kept = open({ batchEvents: 10 })
  for (let n = 0; n < 25; n++) kept.record('tick', { n })
  expect(kept.status()).toMatchObject({ recorded: 25, acknowledged: 0, pending: 25 })
  unwrap(await kept.flush())
  expect(kept.status()).toMatchObject({ acknowledged: 25, pending: 0, last_sequence: 25 })
  expect(journal.map(event => event.data)).toEqual(Array.from({ length: 25 }, (_, n) => ({ n })))
  expect(api.seen('POST /worlds/w/events')).toHaveLength(3)
})

test('sends without being asked, and keeps an event as it was when it was recorded', async () => {
  const kept = open()
  const data = { hp: 3 }
  kept.record('hit', data)
  data.hp = 0
  await soon(() => expect(kept.status().acknowledged).toBe(1))
  expect(journal[0]?.data).toEqual({ hp: 3 })
})

test('has every event in the journal once, in order, whatever is cut or lost', async () => {
  const kept = open({ batchEvents: 3 })
  faults = Array.from({ length: 24 }, (_, n) => {
    const kinds = ['lost answer', 'cut before', problem(503, 'unavailable')] as const
    return kinds[n % 3] ?? 'cut before'
  })
  for (let n = 0; n < 30; n++) {
    kept.record('tick', n)
    if (n % 10 === 0) await wait(3)
  }
  unwrap(await kept.flush())
  expect(journal.map(event => event.data)).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(new Set(journal.map(event => event.event_id)).size).toBe(30)
})

test('takes a snapshot of the state and the number of events that it has seen', async () => {
  const seen: number[] = []
  const kept = open({ snapshot: () => seen.length, snapshotEveryEvents: 1e9 })
  const record = (n: number) => {
    seen.push(n)
    kept.record('tick', n)
  }
  for (let n = 0; n < 7; n++) record(n)
  const taking = kept.takeSnapshot()
  // Recorded while the snapshot waits for acknowledgements: not part of it.
  for (let n = 7; n < 12; n++) record(n)
  unwrap(await taking)
  expect(snapshots).toEqual([{ sequence: 7, state: 7 }])
  faults = ['lost answer']
  api.answer(
    'PUT /worlds/w/snapshot',
    faulty(request => {
      // The real server answers a repeated key alike.
      const isRepeated =
        api
          .seen('PUT /worlds/w/snapshot')
          .filter(one => one.headers['idempotency-key'] === request.headers['idempotency-key'])
          .length > 1
      return isRepeated
        ? { body: { snapshot: { version: snapshots.length } } }
        : writeSnapshot(request)
    }),
  )
  await kept.flush()
  unwrap(await kept.takeSnapshot())
  expect(snapshots[1]).toEqual({ sequence: 12, state: 12 })
  expect(kept.status().snapshot_version).toBe(2)
})

test('takes snapshots after so many events and after so much time, and none when nothing is new', async () => {
  const kept = open({ snapshotEveryEvents: 5, snapshotEverySeconds: 0.05 })
  for (let n = 0; n < 5; n++) kept.record('tick', n)
  await soon(() => expect(snapshots).toHaveLength(1))
  await wait(120)
  expect(snapshots).toHaveLength(1)
  kept.record('tick', 5)
  await soon(() => expect(snapshots).toHaveLength(2))
  expect(snapshots[1]?.sequence).toBe(6)
})

test('tells when acknowledgements lag, once for each time, and goes on sending', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const lagMs = 60_000
  const letTimePass = () => vi.setSystemTime(Date.now() + lagMs + 1)
  const route = 'POST /worlds/w/events'
  /** A round has failed when this resolves: none asks so often. */
  const failed = () => {
    const before = api.seen(route).length
    return soon(() => expect(api.seen(route).length).toBeGreaterThan(before + 8))
  }
  const kept = open({ lagMs })
  api.answer(route, { cut: true })
  kept.record('tick', 1)
  letTimePass()
  await soon(() => expect(troubles).toHaveLength(1))
  expect(troubles[0]).toMatchObject({ kind: 'lagging', pending: 1 })
  expect(troubles[0]?.waiting_ms).toBeGreaterThan(lagMs)
  letTimePass()
  await failed()
  expect(troubles).toHaveLength(1)
  api.answer(route, faulty(append))
  unwrap(await kept.flush())
  expect(journal).toHaveLength(1)
  api.answer(route, problem(503, 'unavailable'))
  kept.record('tick', 2)
  await failed()
  letTimePass()
  await soon(() => expect(troubles).toHaveLength(2))
  expect(troubles[1]).toMatchObject({ kind: 'lagging', error: { code: 'unavailable' } })
})

test('halts, and says so, when another server writes the same world', async () => {
  const kept = open()
  kept.record('tick', 1)
  unwrap(await kept.flush())
  journal.push({ event_id: 'of another', data: 0 })
  kept.record('tick', 2)
  expect(await kept.flush()).toMatchObject({ error: { code: 'sequence_mismatch' } })
  expect(troubles).toMatchObject([{ kind: 'halted', error: { code: 'sequence_mismatch' } }])
  expect(kept.status()).toMatchObject({ halted: true, acknowledged: 1, pending: 1 })
  expect(await kept.close()).toMatchObject({ success: false })
})

test('goes on with its events when a snapshot is refused, and tells of it', async () => {
  const kept = open({ snapshotEveryEvents: 2 })
  api.answer('PUT /worlds/w/snapshot', problem(413, 'body_too_large'))
  kept.record('tick', 1)
  kept.record('tick', 2)
  await soon(() => expect(troubles).toMatchObject([{ kind: 'snapshot_refused' }]))
  kept.record('tick', 3)
  unwrap(await kept.flush())
  expect(journal).toHaveLength(3)
  api.answer('PUT /worlds/w/snapshot', faulty(writeSnapshot))
})

test('waits while the journal is full, and throws rather than forget beyond its own limit', async () => {
  const kept = open({ mostPending: 2 })
  api.answer(
    'POST /worlds/w/events',
    problem(409, 'limit_reached'),
    problem(409, 'limit_reached'),
    faulty(append),
  )
  kept.record('tick', 1)
  kept.record('tick', 2)
  expect(() => kept.record('tick', 3)).toThrow(/Too many events/)
  unwrap(await kept.flush())
  expect(journal).toHaveLength(2)
})

test('records nothing that cannot be sent', () => {
  const kept = open()
  for (const data of [undefined, () => 1, 'x'.repeat(65_537)]) {
    expect(() => kept.record('tick', data)).toThrow(/64 KiB/)
  }
  expect(kept.status().recorded).toBe(0)
})

test('restores the newest snapshot and the events behind it, page by page, and goes on from there', async () => {
  const kept = open()
  const events = Array.from({ length: 5 }, (_, n) => ({
    sequence: n + 4,
    event_id: `e${n}`,
    data: n,
  }))
  journal = Array.from({ length: 8 }, (_, n) => ({ event_id: `old-${n}`, data: n }))
  snapshots = [{ sequence: 3, state: { hp: 3 } }]
  api.answer('GET /worlds/w/snapshot', {
    body: { snapshot: { version: 1, sequence: 3 }, state: { hp: 3 } },
  })
  api.answer('GET /worlds/w/events', ({ query }) =>
    query.get('after') === '3'
      ? { body: { items: events.slice(0, 3), next_after: 6, last_sequence: 8 } }
      : { body: { items: events.slice(3), next_after: null, last_sequence: 8 } },
  )
  const restored = unwrap(await kept.restore())
  expect(restored).toMatchObject({ state: { hp: 3 }, sequence: 3, events })
  kept.record('tick', 'new')
  expect(await kept.restore()).toMatchObject({ error: { code: 'invalid_request' } })
  unwrap(await kept.close())
  expect(journal).toHaveLength(9)
  expect(snapshots[1]?.sequence).toBe(9)
})

test('closes within its time although nothing answers', async () => {
  const kept = open()
  api.answer('POST /worlds/w/events', { cut: true })
  kept.record('tick', 1)
  expect(await kept.close(30)).toMatchObject({ success: false, error: { code: 'timed_out' } })
})
