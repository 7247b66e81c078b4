import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { scopesOf } from '../../gateway/roles.js'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { assertHeld } from './held.js'
import { KeyAnswer, KeyList, KeyMade } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running
let stored: Stored
let member: Caller
let path: string

beforeAll(async () => {
  another = await startAnotherApi(stack)
  stored = openStored(stack)
})
afterAll(async () => {
  await stored.close()
  await another.close()
})
beforeEach(async () => {
  environment = await freshEnvironment(stack)
  member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  path = `/studio/environments/${environment.environmentId}/keys`
})

async function makeKey(more: object = {}) {
  const answer = await member('POST', path, { kind: 'secret', name: 'a key', ...more })
  expect(answer.status).toBe(201)
  return KeyMade.parse(answer.body)
}
const rotate = (id: string, overlap_seconds: number) =>
  member('POST', `${path}/${id}/rotate`, { overlap_seconds })
const use = (apiKey: string, apiUrl = stack.api_url) =>
  callerOf(apiUrl, { 'x-api-key': apiKey })('GET', '/leaderboards/none')
/** Both processes remember the key. */
async function useEverywhere(apiKey: string) {
  for (const url of [stack.api_url, another.url]) expect((await use(apiKey, url)).status).toBe(404)
}
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()

describe('expiry', () => {
  test('D4: a key stops working within a second of its time on every process that remembers it', async () => {
    const { api_key, key } = await makeKey({ expires_at: inSeconds(3) })
    expect(key.expires_at).toEqual(expect.any(String))
    await useEverywhere(api_key)
    await wait(4_000)
    expect(codeOf(await use(api_key))).toBe('credential_invalid')
    expect(codeOf(await use(api_key, another.url))).toBe('credential_invalid')
  })

  test('D4: an expiry that is set later reaches every process within a second', async () => {
    const { api_key, key } = await makeKey()
    await useEverywhere(api_key)
    const answer = await member('PATCH', `${path}/${key.id}`, { expires_at: inSeconds(0.5) })
    expect(answer.status).toBe(200)
    await wait(1_500)
    expect(codeOf(await use(api_key, another.url))).toBe('credential_invalid')
    expect(codeOf(await use(api_key))).toBe('credential_invalid')
    expect(codeOf(await member('PATCH', `${path}/${key.id}`, { name: 'late' }))).toBe('not_found')
  })

  test('an expiry can be put off and taken away', async () => {
    const { api_key, key } = await makeKey({ expires_at: inSeconds(1.5) })
    await useEverywhere(api_key)
    await member('PATCH', `${path}/${key.id}`, { expires_at: inSeconds(60) })
    const answer = await member('PATCH', `${path}/${key.id}`, { expires_at: null })
    expect(KeyAnswer.parse(answer.body).key.expires_at).toBeNull()
    await wait(2_000)
    await useEverywhere(api_key)
  })

  test.each(['yesterday', '2020-01-01T00:00:00Z', 5, ''])('refuses the expiry %j', async when => {
    const answer = await member('POST', path, { kind: 'secret', name: 'x', expires_at: when })
    expect(codeOf(answer)).toBe('invalid_request')
  })
})

describe('rotation', () => {
  test('D4: the new key works at once, and the old one until the overlap is over', async () => {
    const { api_key, key } = await makeKey({ scopes: ['leaderboards:read'] })
    await useEverywhere(api_key)
    const answer = await rotate(key.id, 3)
    expect(answer.status).toBe(201)
    const made = KeyMade.parse(answer.body)
    expect(made.key).toMatchObject({
      name: key.name,
      scopes: key.scopes,
      rotated_from: key.id,
      expires_at: null,
    })
    await wait(1_000)
    await useEverywhere(api_key)
    await useEverywhere(made.api_key)
    await wait(3_000)
    expect(codeOf(await use(api_key))).toBe('credential_invalid')
    expect(codeOf(await use(api_key, another.url))).toBe('credential_invalid')
    await useEverywhere(made.api_key)
  })

  test('D4: without an overlap the old key is revoked everywhere within a second', async () => {
    const { api_key, key } = await makeKey()
    await useEverywhere(api_key)
    expect((await rotate(key.id, 0)).status).toBe(201)
    expect(codeOf(await use(api_key))).toBe('credential_invalid')
    await wait(1_000)
    expect(codeOf(await use(api_key, another.url))).toBe('credential_invalid')
    expect(codeOf(await rotate(key.id, 0))).toBe('not_found')
  })

  test('of five rotations at once without an overlap one makes a key', async () => {
    const { key } = await makeKey()
    const answers = await inParallel(5, () => rotate(key.id, 0))
    expect(tally(answers)).toEqual({ 201: 1, 404: 4 })
  })

  test('D5: neither the list nor the audit log has the key', async () => {
    const { key } = await makeKey()
    const { api_key } = KeyMade.parse((await rotate(key.id, 60)).body)
    const list = await member('GET', path)
    expect(JSON.stringify(list.body)).not.toContain(api_key)
    const rows = await stored.rows(
      'SELECT a::text AS text FROM audit_entry a WHERE target = $1',
      key.id,
    )
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain(api_key)
  })
})

describe('where a publishable key is used', () => {
  const home = 'https://game.example'
  const from = (apiKey: string, origin?: string, apiUrl = stack.api_url) =>
    callerOf(apiUrl, { 'x-api-key': apiKey, ...(origin && { origin }) })('POST', '/auth/login', {
      email: 'nobody@game.example',
      password: 'a password that is long',
    })

  test('a key with a list is for these pages, and for games outside of browsers', async () => {
    const { api_key, key } = await makeKey({
      kind: 'publishable',
      allowed_origins: [home, 'http://localhost:*'],
    })
    expect(key.allowed_origins).toEqual([home, 'http://localhost:*'])
    for (const origin of [home, 'http://localhost:5173', undefined]) {
      expect((await from(api_key, origin)).status, origin).toBe(401)
    }
    for (const origin of [
      'https://evil.example',
      'https://game.example.evil.example',
      'http://game.example',
      'https://game.example:8443',
      'null',
    ]) {
      const answer = await from(api_key, origin)
      expect([answer.status, codeOf(answer)], origin).toEqual([403, 'origin_forbidden'])
    }
  })

  test('a key without a list is for any page', async () => {
    const { api_key } = await makeKey({ kind: 'publishable' })
    expect((await from(api_key, 'https://any.example')).status).toBe(401)
  })

  test('another list counts everywhere within a second', async () => {
    const { api_key, key } = await makeKey({ kind: 'publishable' })
    for (const url of [stack.api_url, another.url]) await from(api_key, home, url)
    await member('PATCH', `${path}/${key.id}`, { allowed_origins: ['https://other.example'] })
    expect(codeOf(await from(api_key, home))).toBe('origin_forbidden')
    await wait(1_000)
    expect(codeOf(await from(api_key, home, another.url))).toBe('origin_forbidden')
    await member('PATCH', `${path}/${key.id}`, { allowed_origins: [] })
    expect((await from(api_key, home)).status).toBe(401)
  })

  test.each([
    'game.example',
    'https://game.example/',
    'https://Game.example',
    '*',
    'https://*.game.example',
    'javascript://x',
  ])('refuses %s as a page', async origin => {
    const body = { kind: 'publishable', name: 'x', allowed_origins: [origin] }
    expect(codeOf(await member('POST', path, body))).toBe('invalid_request')
  })

  test('a secret key has no pages, and a publishable one no scopes', async () => {
    const { key } = await makeKey()
    const answers = [
      await member('POST', path, { kind: 'secret', name: 'x', allowed_origins: [home] }),
      await member('POST', path, { kind: 'publishable', name: 'x', scopes: ['saves:read'] }),
      await member('PATCH', `${path}/${key.id}`, { allowed_origins: [home] }),
    ]
    for (const answer of answers) expect(codeOf(answer)).toBe('invalid_request')
  })
})

describe('who makes keys', () => {
  test('D3: a secret key manages no keys, whatever its scopes', async () => {
    const { api_key, key } = await makeKey()
    const server = callerOf(stack.api_url, { 'x-api-key': api_key })
    for (const answer of [
      await server('GET', path),
      await server('POST', path, { kind: 'secret', name: 'more' }),
      await server('PATCH', `${path}/${key.id}`, { name: 'mine' }),
      await server('POST', `${path}/${key.id}/rotate`, { overlap_seconds: 0 }),
      await server('DELETE', `${path}/${key.id}`),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'wrong_key_kind'])
    }
  })

  test('D3: nobody gives a key a scope that they lack', () => {
    const held = scopesOf(['live_ops'])
    expect(() => assertHeld(held, ['settings:write', 'saves:read'])).not.toThrow()
    expect(() => assertHeld(held, ['saves:read', 'saves:write'])).toThrow('saves:write')
  })

  test('there are at most a hundred live keys, also when many are made at once', async () => {
    await stored.rows(
      `INSERT INTO api_key (environment_id, id, kind, name, prefix, hash, scopes)
       SELECT $1, gen_random_uuid(), 'secret', 'x', 'sk_', decode(md5(random()::text || n), 'hex'), '{}'
       FROM generate_series(1, 96) n`,
      environment.environmentId,
    )
    const answers = await inParallel(6, () => member('POST', path, { kind: 'secret', name: 'x' }))
    expect(tally(answers)).toEqual({ 201: 2, 409: 4 })
  })

  test('the list pages through all keys, newest first, and says when each was last used', async () => {
    const { api_key, key } = await makeKey({ name: 'newest' })
    await use(api_key)
    const seen: string[] = []
    for (let query = '?limit=1'; query !== ''; ) {
      const page = KeyList.parse((await member('GET', `${path}${query}`)).body)
      seen.push(...page.items.map(item => item.id))
      query = page.next_cursor === null ? '' : `?limit=1&cursor=${page.next_cursor}`
    }
    expect(seen).toHaveLength(3)
    expect(seen[0]).toBe(key.id)
    const [newest] = KeyList.parse((await member('GET', path)).body).items
    expect(newest?.last_used_at).toEqual(expect.any(String))
  })
})
