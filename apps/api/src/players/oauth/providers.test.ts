import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { type OauthGame, openOauthGame } from '../../testing/oauth-game.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let game: OauthGame
let away: TestEnvironment
let stored: Stored
let server: Caller

beforeAll(async () => {
  stored = openStored(stack)
  game = await openOauthGame(stack)
  away = await freshEnvironment({ api_url: game.apiUrl, studio: stack.studio })
  server = callerOf(game.apiUrl, { 'x-api-key': game.environment.secretKey })
})
afterAll(async () => {
  await game?.close()
  await stored?.close()
})

const at = (provider = '', environmentId = game.environment.environmentId) =>
  `/studio/environments/${environmentId}/auth/providers${provider && `/${provider}`}`

const secret = 'a secret that must never come back'

test('a studio sets providers up, and their secrets never come out again', async () => {
  const put = await game.setProvider('google', { client_id: 'one', client_secret: secret })
  expect(put.status).toBe(200)
  expect(Object(put.body).provider).toMatchObject({
    name: 'google',
    client_id: 'one',
    has_secret: true,
    issuer: null,
    scopes: ['openid', 'email', 'profile'],
    enabled: true,
    callback_url: `${game.apiUrl}/api/v1/auth/oauth/callback/google`,
  })
  const read = await game.studio('GET', at('google'))
  const list = await game.studio('GET', at())
  expect(Object(list.body).items).toHaveLength(1)
  for (const answer of [put, read, list]) expect(JSON.stringify(answer.body)).not.toContain(secret)
  const [row] = await stored.rows(
    'SELECT * FROM auth_provider WHERE environment_id = $1',
    game.environment.environmentId,
  )
  expect(Buffer.from(Object(row).sealed_secret).includes(Buffer.from(secret))).toBe(false)
})

test('a secret stays for the client that it belongs to, and for no other', async () => {
  const has = async (input: Record<string, unknown>) =>
    Object((await game.setProvider('oidc:keep', input)).body).provider?.has_secret
  const own = { client_id: 'one', issuer: 'https://id.example' }
  expect(await has({ ...own, client_secret: secret })).toBe(true)
  expect(await has({ ...own, enabled: false })).toBe(true)
  expect(await has({ ...own, issuer: 'https://evil.example' })).toBe(false)
  expect(await has({ ...own, client_secret: secret })).toBe(true)
  expect(await has({ ...own, client_id: 'two' })).toBe(false)
  expect(await has({ ...own, client_secret: secret })).toBe(true)
  expect(await has({ ...own, client_secret: null })).toBe(false)
})

test.each([
  ['github', { client_id: 'one' }, '/client_secret'],
  ['discord', { client_id: 'one' }, '/client_secret'],
  ['google', { client_id: 'one', issuer: 'https://evil.example' }, '/issuer'],
  ['google', { client_id: 'one', scopes: ['email'] }, '/scopes'],
  ['google', { client_id: 'one', scopes: ['open id'] }, '/scopes/0'],
  ['oidc:own', { client_id: 'one' }, '/issuer'],
  ['oidc:own', { client_id: 'one', issuer: 'ftp://id.example' }, '/issuer'],
  ['oidc:own', { client_id: 'one', issuer: 'id.example' }, '/issuer'],
  ['google', { client_id: '' }, '/client_id'],
])('%s is not set up with %j', async (provider, input, pointer) => {
  const answer = await game.setProvider(provider, input)
  expect(codeOf(answer)).toBe('invalid_request')
  expect(Object(answer.body).errors[0].pointer).toBe(pointer)
})

test.each(['facebook', 'oidc:', 'oidc:UPPER', 'oidc:a%2Fb', 'google%20'])(
  '%s is no name of a provider',
  async provider => {
    const answer = await game.setProvider(provider, { client_id: 'one' })
    expect(answer.status).toBe(400)
  },
)

test('a provider is taken away once', async () => {
  await game.setProvider('oidc:gone', { client_id: 'one', issuer: 'https://id.example' })
  expect((await game.studio('DELETE', at('oidc:gone'))).status).toBe(204)
  expect(codeOf(await game.studio('DELETE', at('oidc:gone')))).toBe('not_found')
  expect(codeOf(await game.studio('GET', at('oidc:gone')))).toBe('not_found')
})

test('a secret key of this environment may do it, too; one of another may not', async () => {
  const put = await server('PUT', at('google'), { client_id: 'by server' })
  expect(Object(put.body).provider.client_id).toBe('by server')
  const foreign = callerOf(game.apiUrl, { 'x-api-key': away.secretKey })
  expect(codeOf(await foreign('GET', at('google')))).toBe('not_found')
  expect(codeOf(await server('GET', at('google', away.environmentId)))).toBe('not_found')
})

test('every change is in the audit log, without the secret', async () => {
  await game.setProvider('github', { client_id: 'audited', client_secret: secret })
  await game.studio('DELETE', at('github'))
  const rows = await stored.rows(
    `SELECT action, actor_kind, target, details FROM audit_entry
     WHERE environment_id = $1 AND target = 'github' ORDER BY created_at`,
    game.environment.environmentId,
  )
  expect(rows).toMatchObject([
    {
      action: 'auth_providers.write',
      actor_kind: 'member',
      details: { client_id: 'audited', secret_given: true, enabled: true },
    },
    { action: 'auth_providers.delete', actor_kind: 'member' },
  ])
  expect(JSON.stringify(rows)).not.toContain(secret)
})
