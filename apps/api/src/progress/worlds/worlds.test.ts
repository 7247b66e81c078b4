import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

const stack = inject('stack')
let home: TestEnvironment
let server: Caller
let studio: Caller

beforeAll(async () => {
  home = await freshEnvironment(stack)
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  studio = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
})

const unique = () => `w-${crypto.randomUUID()}`
const event = (event_id: string, data: unknown = { n: 1 }) => ({ event_id, type: 'tick', data })
const append = (world: string, events: object[], more: object = {}) =>
  server('POST', `/worlds/${world}/events`, { events, ...more })
const snapshot = (world: string, sequence: number, state: unknown, headers = {}) =>
  server('PUT', `/worlds/${world}/snapshot`, { sequence, state }, headers)

interface Journal {
  items: { sequence: number; event_id: string; data: unknown }[]
  next_after: number | null
  last_sequence: number
}

/** The whole journal behind a number. */
async function journalOf(world: string, from = 0): Promise<Journal['items']> {
  const items: Journal['items'] = []
  for (let after: number | null = from; after !== null; ) {
    const answer = await server('GET', `/worlds/${world}/events?after=${after}&limit=1000`)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    const page: Journal = Object(answer.body)
    items.push(...page.items)
    after = page.next_after
  }
  return items
}

const oneTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

describe('the journal of a world', () => {
  test('begins with its first event, and numbers events in the order given', async () => {
    const world = unique()
    expect(codeOf(await server('GET', `/worlds/${world}/events`))).toBe('not_found')
    const first = await append(world, [event('a'), event('b')], { expected_sequence: 0 })
    expect(first.body).toEqual({
      events: [
        { event_id: 'a', sequence: 1, repeated: false },
        { event_id: 'b', sequence: 2, repeated: false },
      ],
      last_sequence: 2,
    })
    const next = await append(world, [event('c', [1e300, 'é', null])], { expected_sequence: 2 })
    expect(Object(next.body).last_sequence).toBe(3)
    const journal = await journalOf(world)
    expect(journal.map(one => [one.sequence, one.event_id])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
    expect(journal[2]?.data).toEqual([1e300, 'é', null])
    expect((await journalOf(world, 2)).map(one => one.event_id)).toEqual(['c'])
  })

  test('takes nothing from who does not know of its newest event', async () => {
    const world = unique()
    await append(world, [event('a')])
    const refused = await append(world, [event('b')], { expected_sequence: 0 })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'sequence_mismatch'])
    expect(refused.body).toMatchObject({ last_sequence: 1 })
    expect(await journalOf(world)).toHaveLength(1)
  })

  test('has every event once, without a gap, after twenty appenders whose answers were lost', async () => {
    const world = unique()
    const batch = (n: number) => oneTo(7).map(k => event(`${n}-${k}`, { n, k }))
    // Each sends every batch up to three times, as somebody does who heard nothing; parts overlap between them.
    const answers = await inParallel(20, async n => {
      const sent = []
      for (const part of [
        batch(n),
        [...batch(n).slice(3), event(`${n}-late`)],
        batch((n + 1) % 20),
      ]) {
        sent.push(await append(world, part), await append(world, part))
      }
      return sent
    })
    expect(tally(answers.flat())).toEqual({ 200: 120 })
    const journal = await journalOf(world)
    expect(journal.map(one => one.sequence)).toEqual(oneTo(160))
    expect(new Set(journal.map(one => one.event_id)).size).toBe(160)
    const numbers = new Map(journal.map(one => [one.event_id, one.sequence]))
    for (const answer of answers.flat()) {
      for (const { event_id, sequence } of Object(answer.body).events) {
        expect(numbers.get(event_id)).toBe(sequence)
      }
    }
  })

  test('of fifty appenders that expect the same number lets one append', async () => {
    const world = unique()
    await append(world, [event('first')])
    const answers = await inParallel(50, n =>
      append(world, [event(`n-${n}`)], { expected_sequence: 1 }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 409: 49 })
    expect(await journalOf(world)).toHaveLength(2)
  })

  test('F4: answers a batch that it has again, whatever number was expected', async () => {
    const world = unique()
    const sent = [event('a'), event('b')]
    await append(world, sent, { expected_sequence: 0 })
    await append(world, [event('c')])
    const again = await append(world, sent, { expected_sequence: 0 })
    expect(again.body).toEqual({
      events: [
        { event_id: 'a', sequence: 1, repeated: true },
        { event_id: 'b', sequence: 2, repeated: true },
      ],
      last_sequence: 3,
    })
  })

  test('F4: refuses the id of an event for another content', async () => {
    const world = unique()
    await append(world, [event('a', { hp: 1 })])
    const refused = await append(world, [event('b'), event('a', { hp: 2 })])
    expect([refused.status, codeOf(refused)]).toEqual([422, 'event_id_reused'])
    expect(refused.body).toMatchObject({ event_id: 'a', sequence: 1 })
    expect(await journalOf(world)).toHaveLength(1)
  })

  test('shows a reader no number before all below it', async () => {
    const world = unique()
    await append(world, [event('0')])
    let isOver = false
    const reading = (async () => {
      const seen: number[] = []
      for (let after = 0; !isOver || seen.length < 151; ) {
        const { items }: Journal = Object(
          (await server('GET', `/worlds/${world}/events?after=${after}&limit=1000`)).body,
        )
        seen.push(...items.map(one => one.sequence))
        after = items.at(-1)?.sequence ?? after
      }
      return seen
    })()
    await inParallel(10, async n => {
      for (const k of oneTo(5)) {
        await append(world, [event(`${n}-${k}-a`), event(`${n}-${k}-b`), event(`${n}-${k}-c`)])
      }
    })
    isOver = true
    expect(await reading).toEqual(oneTo(151))
  })

  test.each<[string, object]>([
    ['no events', { events: [] }],
    ['five hundred and one', { events: oneTo(501).map(n => event(`e${n}`)) }],
    ['an id twice', { events: [event('a'), event('a')] }],
    ['an id of blanks', { events: [event('a b')] }],
    ['no data', { events: [{ event_id: 'a', type: 'x' }] }],
    ['data beyond 64 KiB', { events: [event('a', 'x'.repeat(65_536))] }],
    ['a sequence of its own', { events: [{ ...event('a'), sequence: 9 }] }],
    ['a negative number expected', { events: [event('a')], expected_sequence: -1 }],
  ])('refuses %s', async (_what, body) => {
    const refused = await server('POST', `/worlds/${unique()}/events`, body)
    expect(codeOf(refused)).toBe('invalid_request')
  })

  test('takes five hundred events at once', async () => {
    const world = unique()
    const answer = await append(
      world,
      oneTo(500).map(n => event(`e${n}`, { n })),
    )
    expect(Object(answer.body).last_sequence).toBe(500)
    expect((await journalOf(world)).map(one => one.sequence)).toEqual(oneTo(500))
  })
})

describe('a snapshot', () => {
  test('is read back as it was written, the newest or the newest up to an event', async () => {
    const world = unique()
    await append(
      world,
      oneTo(10).map(n => event(`e${n}`)),
    )
    for (const sequence of [3, 7, 7]) {
      expect((await snapshot(world, sequence, { at: sequence })).status).toBe(200)
    }
    const newest = await server('GET', `/worlds/${world}/snapshot`)
    expect(newest.body).toMatchObject({ snapshot: { version: 3, sequence: 7 }, state: { at: 7 } })
    expect(newest.headers.get('etag')).toBe('"3"')
    const older = await server('GET', `/worlds/${world}/snapshot?at_sequence=6`)
    expect(older.body).toMatchObject({ snapshot: { version: 1, sequence: 3 }, state: { at: 3 } })
    expect(codeOf(await server('GET', `/worlds/${world}/snapshot?at_sequence=2`))).toBe('not_found')
    const head = await server('GET', `/worlds/${world}`)
    expect(head.body).toMatchObject({
      world: { last_sequence: 10, snapshot_version: 3, snapshot_sequence: 7, trimmed_sequence: 0 },
    })
  })

  test('of eight megabytes is taken, one byte more is not', async () => {
    const world = unique()
    const largest = 'x'.repeat(8 * 1_048_576 - 2)
    expect((await snapshot(world, 0, largest)).status).toBe(200)
    const read = await server('GET', `/worlds/${world}/snapshot`)
    expect(Object(read.body).state).toHaveLength(largest.length)
    expect(codeOf(await snapshot(world, 0, `${largest}x`))).toBe('body_too_large')
  })

  test('F2: of fifty writers with one If-Match exactly one writes', async () => {
    const world = unique()
    await snapshot(world, 0, { n: -1 }, { 'if-none-match': '*' })
    const answers = await inParallel(50, n => snapshot(world, 0, { n }, { 'if-match': '"1"' }))
    expect(tally(answers)).toEqual({ 200: 1, 412: 49 })
    const created = await snapshot(world, 0, {}, { 'if-none-match': '*' })
    expect([codeOf(created), Object(created.body).version]).toEqual(['version_mismatch', 2])
  })

  test('of events that the journal has not, or before the newest snapshot, is refused', async () => {
    const world = unique()
    await append(world, [event('a'), event('b')])
    expect(codeOf(await snapshot(world, 3, {}))).toBe('sequence_mismatch')
    await snapshot(world, 2, {})
    const late = await snapshot(world, 1, {})
    expect([late.status, codeOf(late)]).toEqual([409, 'sequence_mismatch'])
    expect(late.body).toMatchObject({ last_sequence: 2, snapshot_sequence: 2 })
  })

  test('F4: is written once under its Idempotency-Key', async () => {
    const world = unique()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(5, () => snapshot(world, 0, { a: 1 }, key))
    expect(answers.map(answer => Object(answer.body).snapshot?.version)).toEqual(Array(5).fill(1))
    expect(codeOf(await snapshot(world, 0, { a: 2 }, key))).toBe('idempotency_key_reused')
  })
})

describe('worlds', () => {
  test('are listed by name, and gone once deleted', async () => {
    const names = [unique(), unique()].sort()
    for (const name of names) await append(name, [event('a')])
    const listed = await server('GET', '/worlds?limit=100')
    const ids = Object(listed.body).items.map((one: { world_id: string }) => one.world_id)
    expect(ids).toEqual([...ids].sort())
    expect(ids).toEqual(expect.arrayContaining(names))
    const [gone = ''] = names
    expect((await server('DELETE', `/worlds/${gone}`)).status).toBe(204)
    for (const path of ['', '/events', '/snapshot']) {
      expect(codeOf(await server('GET', `/worlds/${gone}${path}`))).toBe('not_found')
    }
    expect(codeOf(await append(gone, [event('b')]))).toBe('not_found')
    expect((await server('DELETE', `/worlds/${gone}`)).status).toBe(404)
  })

  test('D1: of one environment do not exist in another', async () => {
    const world = unique()
    await append(world, [event('a')])
    await snapshot(world, 1, { secret: true })
    const away = await freshEnvironment(stack)
    const foreign = callerOf(home.apiUrl, { 'x-api-key': away.secretKey })
    for (const path of ['', '/events', '/snapshot']) {
      expect(codeOf(await foreign('GET', `/worlds/${world}${path}`))).toBe('not_found')
    }
    expect(codeOf(await foreign('DELETE', `/worlds/${world}`))).toBe('not_found')
    expect(Object((await foreign('GET', '/worlds')).body).items).toEqual([])
    // The same name there is another world.
    await foreign('POST', `/worlds/${world}/events`, { events: [event('a', 'other')] })
    expect(await journalOf(world)).toHaveLength(1)
  })

  test('D3: are for keys with their scope, and for no player', async () => {
    const made = await studio('POST', `/studio/environments/${home.environmentId}/keys`, {
      kind: 'secret',
      name: 'reader',
      scopes: ['worlds:read'],
    })
    const reader = callerOf(home.apiUrl, { 'x-api-key': Object(made.body).api_key })
    expect((await reader('GET', '/worlds')).status).toBe(200)
    const write = { events: [event('a')] }
    expect(codeOf(await reader('POST', `/worlds/${unique()}/events`, write))).toBe(
      'insufficient_scope',
    )
    const player = callerOf(home.apiUrl, (await freshPlayer(home)).headers)
    expect(codeOf(await player('GET', '/worlds'))).toBe('wrong_key_kind')
  })

  test('F6: are never more than allowed, and no journal longer', async () => {
    const place = await freshEnvironment(stack)
    const api = callerOf(place.apiUrl, { 'x-api-key': place.secretKey })
    await api('PUT', `/studio/environments/${place.environmentId}/settings/worlds.history`, {
      most_worlds: 3,
      most_events: 1_000,
    })
    const answers = await inParallel(12, n =>
      api('POST', `/worlds/w${n}/events`, { events: [event('a')] }),
    )
    expect(tally(answers)).toEqual({ 200: 3, 409: 9 })
    const world = `w${answers.findIndex(answer => answer.status === 200)}`
    const fill = (part: string) =>
      api('POST', `/worlds/${world}/events`, { events: oneTo(333).map(n => event(`${part}-${n}`)) })
    const filled = await Promise.all(['a', 'b', 'c', 'd'].map(fill))
    expect(tally(filled)).toEqual({ 200: 3, 409: 1 })
    const refused = filled.find(answer => answer.status === 409)
    expect(refused?.body).toMatchObject({ code: 'limit_reached', limit: 'most_events' })
  })

  test.each(['Upper', 'a.b', 'a%2fb', '%00', 'x'.repeat(65), 'é'])(
    'F1: have no name such as %s',
    async name => {
      const refused = await server('POST', `/worlds/${name}/events`, { events: [event('a')] })
      expect(refused.status).toBe(400)
      codeOf(refused)
    },
  )
})
