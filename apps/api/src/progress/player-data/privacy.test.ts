import { setTimeout as wait } from 'node:timers/promises'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { findTraces } from '../../testing/traces.js'
import { freeKey } from './merging.js'

const stack = inject('stack')
let home: TestEnvironment
let stored: Stored
let game: Caller
let server: Caller

beforeAll(async () => {
  home = await freshEnvironment(stack)
  stored = openStored(stack)
  game = callerOf(home.apiUrl, { 'x-api-key': home.publishableKey })
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  const studio = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
  const path = `/studio/environments/${home.environmentId}`
  const heroes = [{ path: '/level', type: 'number' }]
  await studio('PUT', `${path}/settings/player_data.indexes`, { collections: { heroes } })
  await until(async () => {
    const { items } = Object((await studio('GET', `${path}/documents/indexes`)).body)
    return items[0].state === 'ready'
  })
})
afterAll(() => stored.close())

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let left = 200; left > 0; left--) {
    if (await look()) return
    await wait(100)
  }
  throw new Error('it did not come')
}

const SignedIn = z.object({
  user: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string() }),
})

async function freshGuest() {
  const secret = crypto.randomUUID() + crypto.randomUUID()
  const answer = await game('POST', '/auth/anonymous', { device_secret: secret })
  const { user, session } = SignedIn.parse(answer.body)
  return { id: user.id, secret, token: session.access_token, ...as(session.access_token) }
}

function as(token: string) {
  const headers = { 'x-api-key': home.publishableKey, authorization: `Bearer ${token}` }
  return { headers, api: callerOf(home.apiUrl, headers) }
}

const mine = (collection: string, key: string) => `/players/me/documents/${collection}/${key}`
const heldAt = async (api: Caller, collection: string, key: string) =>
  Object((await api('GET', mine(collection, key))).body).document?.value

test('an export holds what a player may see, an erasure leaves no trace, also in what a server wrote', async () => {
  const canary = `canary${Math.random().toString(36).slice(2)}`
  const player = await freshGuest()
  await player.api('PUT', mine('diary', 'today'), { value: { text: canary } })
  const heroes = { access: 'public', value: { level: 4, name: canary } }
  await player.api('PUT', mine('heroes', 'first'), heroes)
  const ofPlayer = `/players/${player.id}/documents`
  await server('PUT', `${ofPlayer}/stats/all`, { access: 'owner', value: { seen: canary } })
  await server(
    'PUT',
    `${ofPlayer}/stats/hidden`,
    { access: 'server', value: { suspects: 'nobody' } },
    { 'idempotency-key': crypto.randomUUID() },
  )
  const asked = Object((await player.api('POST', '/auth/exports')).body).export
  await until(async () => {
    const one = await player.api('GET', `/auth/exports/${asked.id}`)
    return Object(one.body).export.state === 'ready'
  })
  const archive = await fetch(`${home.apiUrl}/api/v1/auth/exports/${asked.id}/archive`, {
    headers: player.headers,
  })
  const files = unzipSync(new Uint8Array(await archive.arrayBuffer()))
  const read = (name: string) =>
    JSON.parse(strFromU8(files[`documents/${name}.json`] ?? new Uint8Array()))
  expect(read('diary/today')).toMatchObject({ access: 'private', value: { text: canary } })
  expect(read('stats/all')).toMatchObject({ access: 'owner', value: { seen: canary } })
  expect(read('stats/hidden')).toMatchObject({ access: 'server', version: 1 })
  expect(read('stats/hidden')).not.toHaveProperty('value')

  const asking = await player.api('POST', '/auth/erasure', { confirm: 'erase' })
  const { token } = Object(asking.body)
  await until(async () => {
    const { erasure } = Object((await game('POST', '/erasures/status', { token })).body)
    return erasure.receipt !== null
  })
  expect(await findTraces(stack, stored, canary)).toEqual([])
  const left = await findTraces(stack, stored, player.id)
  expect(left.filter(trace => /document|receipt/.test(trace))).toEqual([])
  const path = `/documents/heroes/search`
  const found = await server('POST', path, { where: [{ field: '/level', eq: 4 }] })
  expect(Object(found.body).items).toEqual([])
}, 60_000)

test('a merge loses no document, and undone both accounts have their own again', async () => {
  const guest = await freshGuest()
  const account = await freshGuest()
  for (const [{ api }, level] of [
    [guest, 3],
    [account, 50],
  ] as const) {
    await api('PUT', mine('heroes', 'main'), { access: 'public', value: { level } })
  }
  await guest.api('PUT', mine('heroes', 'only-here'), { access: 'public', value: { level: 7 } })
  await guest.api('PUT', mine('heroes', 'played-on'), { access: 'public', value: { level: 8 } })
  await server('PUT', `/players/${guest.id}/documents/stats/all`, { access: 'owner', value: 1 })
  const levels = async () => {
    const answer = await server('POST', '/documents/heroes/search', { order: { field: '/level' } })
    return Object(answer.body).items.map((item: { user_id: string; value: { level: number } }) => [
      item.user_id === account.id ? 'account' : 'guest',
      item.value.level,
    ])
  }

  const preview = await account.api('POST', '/auth/merges/preview', {
    other_access_token: guest.token,
  })
  const { merge_token: mergeToken, preview: sides } = Object(preview.body)
  expect(sides.theirs.holds.documents).toHaveLength(4)
  const done = await account.api('POST', '/auth/merges', { merge_token: mergeToken, keep: 'mine' })
  expect(done.status).toBe(201)
  const { merge, session } = Object(done.body)
  const { api } = as(session.access_token)
  expect(await heldAt(api, 'heroes', 'main')).toEqual({ level: 50 })
  expect(await heldAt(api, 'heroes', 'main-merged')).toEqual({ level: 3 })
  expect(await heldAt(api, 'heroes', 'only-here')).toEqual({ level: 7 })
  expect((await api('PUT', mine('stats', 'all'), { value: 9 })).status).toBe(403)
  expect(await levels()).toEqual([3, 7, 8, 50].map(level => ['account', level]))
  await api('PUT', mine('heroes', 'played-on'), { value: { level: 9 } })

  expect((await api('POST', `/auth/merges/${merge.id}/undo`)).status).toBe(200)
  expect(await levels()).toEqual([
    ['guest', 3],
    ['guest', 7],
    ['guest', 8],
    ['account', 9],
    ['account', 50],
  ])
  const back = await game('POST', '/auth/anonymous', { device_secret: guest.secret })
  const again = as(SignedIn.parse(back.body).session.access_token).api
  expect(await heldAt(again, 'heroes', 'main')).toEqual({ level: 3 })
  expect(await heldAt(again, 'stats', 'all')).toBe(1)
  const [counted] = await stored.rows(
    'SELECT own_documents, given_documents FROM player_document_usage WHERE player_id = $1',
    account.id,
  )
  expect(counted).toEqual({ own_documents: 2, given_documents: 0 })
})

test('a taken key gets an ending, and stays within 64 characters', () => {
  const taken = new Set(['a', 'b', 'b-merged', 'x'.repeat(64), `${'x'.repeat(57)}-merged`])
  const free = (key: string) => freeKey(key, one => taken.has(one))
  expect(free('c')).toBe('c')
  expect(free('a')).toBe('a-merged')
  expect(free('b')).toBe('b-merged-2')
  expect(free('x'.repeat(64))).toBe(`${'x'.repeat(55)}-merged-2`)
})
