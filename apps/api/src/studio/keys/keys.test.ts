import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { KeyList, KeyMade } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running
let stored: Stored
let member: Caller
let path: string

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack)
  stored = openStored(stack)
  member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  path = `/studio/environments/${environment.environmentId}/keys`
})
afterAll(async () => {
  await stored.close()
  await another.close()
})

async function makeKey(kind: 'publishable' | 'secret', scopes?: string[]) {
  const answer = await member('POST', path, { kind, name: `a ${kind}`, ...(scopes && { scopes }) })
  expect(answer.status).toBe(201)
  return KeyMade.parse(answer.body)
}

const withKey = (apiKey: string, apiUrl = stack.api_url) =>
  callerOf(apiUrl, { 'x-api-key': apiKey })
const defineBoard = (apiKey: string, apiUrl?: string) =>
  withKey(apiKey, apiUrl)('PUT', '/leaderboards/board', { order: 'desc', keep: 'best' })

describe('making and listing', () => {
  test('a key is shown once: in the answer that makes it, and in no list', async () => {
    const answer = await member('POST', path, {
      kind: 'secret',
      name: 'scores',
      scopes: ['saves:read'],
    })
    expect(answer.body).toEqual({
      key: {
        id: expect.any(String),
        kind: 'secret',
        name: 'scores',
        prefix: expect.stringMatching(/^sk_.{7}$/),
        scopes: ['saves:read'],
        allowed_origins: [],
        created_at: expect.any(String),
        expires_at: null,
        revoked_at: null,
        last_used_at: null,
        rotated_from: null,
      },
      api_key: expect.stringMatching(/^sk_[\w-]{32}[0-9a-f]{6}$/),
    })
    const { key, api_key } = KeyMade.parse(answer.body)
    const list = await member('GET', path)
    expect(KeyList.parse(list.body).items).toContainEqual(key)
    expect(JSON.stringify(list.body)).not.toContain(api_key)
  })

  test('a publishable key starts with pk_ and has no scopes, a secret key without a list has all', async () => {
    const [publishable, secret] = [await makeKey('publishable'), await makeKey('secret')]
    expect(publishable.api_key).toMatch(/^pk_/)
    expect(publishable.key.scopes).toEqual([])
    expect(secret.key.scopes).toContain('leaderboards:write')
  })

  test('D5: the key is stored as a hash only', async () => {
    const { key, api_key } = await makeKey('secret')
    const [row] = await stored.rows(
      'SELECT hash, k::text AS text FROM api_key k WHERE id = $1',
      key.id,
    )
    expect(row?.hash).toEqual(createHash('sha256').update(api_key).digest())
    expect(row?.text).not.toContain(api_key.slice(key.prefix.length))
  })

  test('D5: a key with a wrong checksum, of a wrong length or made up is refused alike', async () => {
    const { api_key } = await makeKey('secret')
    const typo = api_key.slice(0, -1) + (api_key.endsWith('0') ? '1' : '0')
    const body = `sk_${'A'.repeat(32)}`
    const madeUp = body + createHash('sha256').update(body).digest('hex').slice(0, 6)
    for (const wrong of [
      typo,
      `${api_key}0`,
      api_key.slice(1),
      madeUp,
      api_key.toUpperCase(),
      'sk_',
      ' ',
    ]) {
      const answer = await defineBoard(wrong)
      expect([answer.status, codeOf(answer)], wrong).toEqual([401, 'credential_invalid'])
    }
  })

  test('making and revoking are audited without the key', async () => {
    const { key, api_key } = await makeKey('secret')
    await member('DELETE', `${path}/${key.id}`)
    const rows = await stored.rows(
      'SELECT action, environment_id, a::text AS text FROM audit_entry a WHERE target = $1 ORDER BY created_at',
      key.id,
    )
    expect(rows.map(row => row.action)).toEqual(['keys.create', 'keys.revoke'])
    expect(JSON.stringify(rows)).not.toContain(api_key)
  })
})

describe('revoking', () => {
  test('D4: a revoked key is refused at once here, and within a second by another process', async () => {
    const { key, api_key } = await makeKey('secret')
    expect((await defineBoard(api_key)).status).toBe(200)
    expect((await defineBoard(api_key, another.url)).status).toBe(200)
    expect((await member('DELETE', `${path}/${key.id}`)).status).toBe(204)
    expect(codeOf(await defineBoard(api_key))).toBe('credential_invalid')
    await wait(1_000)
    expect(codeOf(await defineBoard(api_key, another.url))).toBe('credential_invalid')
  })

  test('D4: players of a revoked publishable key are out, too', async () => {
    const { key, api_key } = await makeKey('publishable')
    const player = await freshPlayer({ ...environment, publishableKey: api_key })
    const api = callerOf(stack.api_url, player.headers)
    expect((await api('GET', '/auth/profile')).status).toBe(200)
    await member('DELETE', `${path}/${key.id}`)
    expect(codeOf(await api('GET', '/auth/profile'))).toBe('credential_invalid')
  })

  test('revoking twice, or twenty times at once, is no error and keeps the first time', async () => {
    const { key } = await makeKey('secret')
    const answers = await inParallel(20, () => member('DELETE', `${path}/${key.id}`))
    expect(tally(answers)).toEqual({ 204: 20 })
    const revokedAt = async () =>
      KeyList.parse((await member('GET', `${path}?limit=100`)).body).items.find(
        ({ id }) => id === key.id,
      )?.revoked_at
    const first = await revokedAt()
    expect(first).toEqual(expect.any(String))
    await member('DELETE', `${path}/${key.id}`)
    expect(await revokedAt()).toBe(first)
  })

  test('a key is not revoked through another environment', async () => {
    const away = await freshEnvironment(stack)
    const { key, api_key } = await makeKey('secret')
    const answer = await member(
      'DELETE',
      `/studio/environments/${away.environmentId}/keys/${key.id}`,
    )
    expect(codeOf(answer)).toBe('not_found')
    expect((await defineBoard(api_key)).status).toBe(200)
  })
})

describe('what a key may do', () => {
  const board = '/leaderboards/scoped'
  const saves = `/saves/${crypto.randomUUID()}`
  const calls: [scope: string, method: string, path: string, body?: unknown][] = [
    ['saves:read', 'GET', saves],
    ['saves:read', 'GET', `${saves}/slot1`],
    ['saves:read', 'GET', `${saves}/history?save_id=slot1`],
    ['saves:write', 'POST', saves, { save_id: 'slot1', data: 1 }],
    ['saves:write', 'DELETE', `${saves}/slot1`],
    ['leaderboards:write', 'PUT', board, { order: 'asc', keep: 'last' }],
    ['leaderboards:read', 'GET', board],
    ['nonces:write', 'POST', '/nonces', { nonce: crypto.randomUUID(), payload: 1 }],
    ['nonces:write', 'POST', '/nonces/redeem', { nonce: crypto.randomUUID() }],
  ]
  const scopes = [...new Set(calls.map(([scope]) => scope)), 'analytics:read', 'analytics:write']

  test.each(scopes)(
    'D3: a key with the scope %s passes where that is asked, and nowhere else',
    async scope => {
      const server = withKey((await makeKey('secret', [scope])).api_key)
      for (const [needed, method, target, body] of calls) {
        const answer = await server(method, target, body)
        if (needed === scope) expect(answer.status, `${method} ${target}`).not.toBe(403)
        else expect(codeOf(answer), `${method} ${target}`).toBe('insufficient_scope')
      }
    },
  )

  test('D2: a publishable key defines no board, redeems no nonce and reads no save', async () => {
    const client = withKey(environment.publishableKey)
    for (const [, method, target, body] of calls) {
      const answer = await client(method, target, body)
      expect([401, 403], `${method} ${target}`).toContain(answer.status)
    }
    expect(codeOf(await defineBoard(environment.publishableKey))).toBe('wrong_key_kind')
  })

  test('D2: a secret key from a browser is refused, and the studio finds one warning in the audit', async () => {
    const { key, api_key } = await makeKey('secret')
    const browser = callerOf(stack.api_url, {
      'x-api-key': api_key,
      origin: 'https://game.example',
    })
    const answers = await inParallel(10, () => browser('GET', board))
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'secret_key_in_browser'])
    }
    const rows = await stored.rows(
      "SELECT environment_id, details FROM audit_entry WHERE target = $1 AND action = 'keys.refused_in_browser'",
      key.id,
    )
    expect(rows).toEqual([
      { environment_id: environment.environmentId, details: { origin: 'https://game.example' } },
    ])
  })

  test('D2: so it is in a page of the same origin, whose reading requests name none', async () => {
    const { key, api_key } = await makeKey('secret')
    const page = callerOf(stack.api_url, {
      'x-api-key': api_key,
      'sec-fetch-site': 'same-origin',
      referer: 'https://play.game.example/menu?level=3',
    })
    expect(codeOf(await page('GET', board))).toBe('secret_key_in_browser')
    const [row] = await stored.rows(
      "SELECT details FROM audit_entry WHERE target = $1 AND action = 'keys.refused_in_browser'",
      key.id,
    )
    expect(row).toEqual({ details: { origin: 'https://play.game.example' } })
  })

  test('the time a key was last used is kept', async () => {
    const { key, api_key } = await makeKey('secret')
    await defineBoard(api_key)
    const [row] = await stored.rows('SELECT last_used_at FROM api_key WHERE id = $1', key.id)
    expect(row?.last_used_at).toBeInstanceOf(Date)
  })
})
