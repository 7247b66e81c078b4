import { setTimeout as wait } from 'node:timers/promises'
import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { encodeField } from './field.js'
import { type IndexSearch, type Span, searchStatement } from './search-store.js'

const stack = inject('stack')
const many = 100_000
let home: TestEnvironment
let database: pg.Client
let server: Caller
let ids: Map<string, string>
let progress: { done: number; total: number | null }[] = []

beforeAll(async () => {
  home = await freshEnvironment(stack)
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  const owners = [await freshPlayer(home), await freshPlayer(home)].map(({ id }) => id)
  await database.query(
    `INSERT INTO player_document (environment_id, player_id, collection, key, access, value, size, version)
     SELECT $1, ($2::uuid[])[1 + n % 2], 'crowd', 'k' || n,
       CASE WHEN n % 50 = 0 THEN 'public' ELSE 'private' END::document_access,
       json_build_object('level', n, 'class', 'c' || n % 20, 'rare', n % 25000 = 0), 40, 1
     FROM generate_series(1, $3::int) n`,
    [home.environmentId, owners, many],
  )
  const path = `/studio/environments/${home.environmentId}`
  await server('PUT', `${path}/settings/player_data.indexes`, {
    collections: {
      crowd: [
        { path: '/level', type: 'number' },
        { path: '/class', type: 'string' },
        { path: '/rare', type: 'boolean' },
      ],
    },
  })
  for (let isReady = false; !isReady; ) {
    await wait(100)
    const { items } = Object((await server('GET', `${path}/documents/indexes`)).body)
    progress.push(...items)
    isReady = items.every((one: { state: string }) => one.state === 'ready')
  }
  await database.query('VACUUM ANALYZE document_entry, player_document')
  const { rows } = await database.query(
    'SELECT id, path FROM document_index WHERE environment_id = $1',
    [home.environmentId],
  )
  ids = new Map(rows.map(({ id, path }) => [path, id]))
}, 120_000)
afterAll(async () => {
  progress = []
  await database.end()
})

const spanOf = (path: string, span: Omit<Span, 'indexId'> = {}): Span => ({
  indexId: ids.get(path) ?? '',
  ...span,
})
const bytes = (value: unknown) =>
  encodeField(
    typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string',
    value,
  ) ?? Buffer.alloc(0)
const from = (value: number) => ({ from: { value: bytes(value), included: true } })
const eq = (value: unknown) => ({ oneOf: [bytes(value)] })

const base = {
  others: [],
  direction: 'asc',
  publicOnly: false,
  after: undefined,
  limit: 21,
} as const

/** Every node of a plan, with the table that it reads. */
function nodesOf(plan: Record<string, unknown>): Record<string, unknown>[] {
  const inner = Array.isArray(plan.Plans) ? plan.Plans : []
  return [plan, ...inner.flatMap(nodesOf)]
}

async function explain(search: IndexSearch) {
  const { text, values } = searchStatement(home.environmentId, search)
  const { rows } = await database.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
  const [{ Plan: plan, 'Execution Time': ms }] = rows[0]['QUERY PLAN']
  return { nodes: nodesOf(plan), ms: Number(ms), rows: Number(plan['Actual Rows']) }
}

describe('over a hundred thousand documents', () => {
  test('the job has indexed all of them, and has told how far it was', () => {
    const last = progress.at(-1)
    expect(last).toMatchObject({ state: 'ready', total: many })
    expect(progress.some(({ done, total }) => total === many && done > 0 && done < many)).toBe(true)
  })

  const searches: [string, () => IndexSearch, number][] = [
    ['a range in order', () => ({ ...base, order: spanOf('/level', from(50_000)) }), 21],
    [
      'the order downwards from a place',
      () => ({
        ...base,
        direction: 'desc',
        order: spanOf('/level'),
        after: { value: bytes(70_000), playerId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', key: '' },
      }),
      21,
    ],
    ['one value', () => ({ ...base, order: spanOf('/class', eq('c7')) }), 21],
    [
      'two fields, ordered by a third',
      () => ({
        ...base,
        order: spanOf('/level', from(10)),
        others: [spanOf('/class', eq('c0')), spanOf('/rare', eq(true))],
      }),
      4,
    ],
    [
      'public documents alone',
      () => ({ ...base, order: spanOf('/level', from(90_000)), publicOnly: true }),
      21,
    ],
  ]

  test.each(searches)(
    'D12: %s reads an index and no whole table',
    async (_what, search, expected) => {
      const { nodes, ms, rows } = await explain(search())
      const scans = nodes.filter(node => /Scan/.test(String(node['Node Type'])))
      const whole = scans
        .filter(node => node['Node Type'] === 'Seq Scan')
        .map(node => node['Relation Name'])
      expect(whole.filter(table => table !== 'player')).toEqual([])
      expect(scans.some(node => /^document_entry/.test(String(node['Index Name'])))).toBe(true)
      expect(rows).toBe(expected)
      // A busy machine may be slow; a hundred thousand rows one by one would be slower still.
      expect(ms).toBeLessThan(500)
    },
  )
})
