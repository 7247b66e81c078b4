import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

const stack = inject('stack')
let home: TestEnvironment
let database: pg.Client
let server: Caller

beforeAll(async () => {
  home = await freshEnvironment(stack)
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  const studio = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
  const set = await studio(
    'PUT',
    `/studio/environments/${home.environmentId}/settings/player_data.rules`,
    { own_documents: 8, own_bytes: 10_000, given_documents: 2, given_bytes: 500 },
  )
  expect(set.status).toBe(200)
})
afterAll(() => database.end())

const fresh = async () => {
  const player = await freshPlayer(home)
  return { id: player.id, api: callerOf(home.apiUrl, player.headers) }
}
const path = (key: string, player = 'me') => `/players/${player}/documents/things/${key}`

async function assertCounted(playerId: string) {
  const { rows } = await database.query(
    `SELECT u.own_documents, u.own_bytes, u.given_documents, u.given_bytes,
       count(d.key) FILTER (WHERE access IN ('private', 'public'))::int AS own,
       coalesce(sum(d.size) FILTER (WHERE access IN ('private', 'public')), 0) AS own_weight,
       count(d.key) FILTER (WHERE access IN ('owner', 'server'))::int AS given,
       coalesce(sum(d.size) FILTER (WHERE access IN ('owner', 'server')), 0) AS given_weight
     FROM player_document_usage u LEFT JOIN player_document d USING (environment_id, player_id)
     WHERE u.environment_id = $1 AND u.player_id = $2
     GROUP BY 1, 2, 3, 4`,
    [home.environmentId, playerId],
  )
  const [row] = rows
  expect([row.own_documents, row.own_bytes, row.given_documents, row.given_bytes]).toEqual([
    row.own,
    row.own_weight,
    row.given,
    row.given_weight,
  ])
  return row
}

describe('the documents of a player', () => {
  test('F6: are never more than allowed, however many are written side by side', async () => {
    const { id, api } = await fresh()
    const answers = await inParallel(30, n => api('PUT', path(`k${n}`), { value: n }))
    expect(tally(answers)).toEqual({ 200: 8, 409: 22 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused?.body).toMatchObject({
      code: 'limit_reached',
      limit: 'own_documents',
      allowed: 8,
    })
    expect((await assertCounted(id)).own_documents).toBe(8)
  })

  test('F6: never weigh more than allowed, and may always shrink', async () => {
    const { id, api } = await fresh()
    const answers = await inParallel(8, n =>
      api('PUT', path(`k${n}`), { value: 'x'.repeat(1_998) }),
    )
    expect(tally(answers)).toEqual({ 200: 5, 409: 3 })
    expect((await assertCounted(id)).own_bytes).toBe('10000')
    const kept = `k${answers.findIndex(answer => answer.status === 200)}`
    const grown = await api('PUT', path(kept), { value: 'x'.repeat(1_999) })
    expect([codeOf(grown), Object(grown.body).limit]).toEqual(['limit_reached', 'own_bytes'])
    expect((await api('PUT', path(kept), { value: 'x'.repeat(1_000) })).status).toBe(200)
    expect((await api('DELETE', path(kept))).status).toBe(204)
    await assertCounted(id)
  })

  test('leave room for those of the server, however full they are', async () => {
    const { id, api } = await fresh()
    await inParallel(10, n => api('PUT', path(`k${n}`), { value: 'x'.repeat(1_500) }))
    const given = { access: 'owner', value: 1 }
    expect((await server('PUT', path('gift', id), given)).status).toBe(200)
    expect((await server('PUT', path('flag', id), { access: 'server', value: 1 })).status).toBe(200)
    expect(codeOf(await server('PUT', path('third', id), given))).toBe('limit_reached')
    await assertCounted(id)
  })

  test('are counted on the other side once their class changes', async () => {
    const { id, api } = await fresh()
    await api('PUT', path('a'), { value: 'four' })
    await server('PATCH', path('a', id), { access: 'owner', patch: {} })
    const row = await assertCounted(id)
    expect([row.own_documents, row.given_documents]).toEqual([0, 1])
  })
})
