import { createHmac } from 'node:crypto'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openPrivacyPlace, type PrivacyPlace } from '../../testing/privacy-place.js'
import { IceServers } from './schema.js'

const stack = inject('stack')
const secret = 'a-secret-of-coturn-and-the-api'
const turnUrls = ['turn:127.0.0.1:3478?transport=udp', 'turns:turn.example:5349']
const started = Math.floor(Date.now() / 1_000)

let place: PrivacyPlace
let api: Running
/** Moves the API's clock. */
let ahead = 0

beforeAll(async () => {
  place = await openPrivacyPlace(stack)
  api = await startAnotherApi(
    stack,
    {
      TURN_URLS: turnUrls.join(','),
      STUN_URLS: 'stun:stun.example:3478',
      TURN_SECRET: secret,
    },
    { now: () => new Date(Date.now() + ahead) },
  )
})
afterAll(() => api.close())

async function serversOf(as: Caller) {
  const answer = await as('POST', '/realtime/ice-servers')
  expect(answer.status).toBe(200)
  return IceServers.parse(answer.body)
}

async function turnOf(as: Caller) {
  const { ice_servers } = await serversOf(as)
  const { username = '', credential = '' } = ice_servers.find(one => 'credential' in one) ?? {}
  return { username, credential }
}

const sessionOf = (headers: Record<string, string>) =>
  String(takeApart((headers.authorization ?? '').replace('Bearer ', '')).payload.sid)

test('H19: a TURN credential is for one session and at most an hour, as coturn computes it', async () => {
  const { id, headers } = await place.player()
  const answer = await serversOf(callerOf(api.url, headers))
  const [stun, turn, ...others] = answer.ice_servers
  expect([stun, others]).toEqual([{ urls: ['stun:stun.example:3478'] }, []])
  const [seconds, ...who] = (turn?.username ?? '').split(':')
  expect(who).toEqual([place.environment.environmentId, id, sessionOf(headers)])
  expect(Number(seconds)).toBeGreaterThanOrEqual(started + 3_600)
  expect(Number(seconds) * 1_000).toBeLessThanOrEqual(Date.now() + 3_600_000)
  expect(Math.floor(Date.parse(answer.expires_at) / 1_000)).toBe(Number(seconds))
  const hmac = createHmac('sha1', secret).update(turn?.username ?? '')
  expect(turn).toEqual({
    urls: turnUrls,
    username: turn?.username,
    credential: hmac.digest('base64'),
  })
})

test('H19: every session, every player and every environment has credentials of its own', async () => {
  const [ann, bob] = [await place.player(), await place.player()]
  const away = await (await openPrivacyPlace(stack)).player()
  const again = await callerOf(api.url, { 'x-api-key': ann.headers['x-api-key'] ?? '' })(
    'POST',
    '/auth/anonymous',
    { device_secret: ann.deviceSecret },
  )
  const token = Object(Object(again.body).session).access_token
  const annAgain = { ...ann.headers, authorization: `Bearer ${token}` }
  const all = [ann.headers, bob.headers, away.headers, annAgain]
  const turns = await Promise.all(all.map(headers => turnOf(callerOf(api.url, headers))))
  const holders = turns.map(({ username }) => username.split(':').slice(1).join(':'))
  expect(new Set(holders).size).toBe(4)
  expect(new Set(turns.map(({ credential }) => credential)).size).toBe(4)
  expect(holders[2]).not.toContain(place.environment.environmentId)
})

test('a later asking has a later end', async () => {
  const as = callerOf(api.url, (await place.player()).headers)
  const first = await turnOf(as)
  ahead = 60_000
  const second = await turnOf(as)
  ahead = 0
  const [from, to] = [first, second].map(({ username }) => Number(username.split(':')[0]))
  expect((to ?? 0) - (from ?? 0)).toBeGreaterThanOrEqual(59)
  expect(second.credential).not.toBe(first.credential)
})

test('without TURN servers the answer is an empty list, and players go by the relay', async () => {
  const { as } = await place.player()
  expect(await serversOf(as)).toMatchObject({ ice_servers: [], transport_policy: 'all' })
})

test('the network address of a child, or of whoever has not said their age, is shown to nobody', async () => {
  const strict = await openPrivacyPlace(stack)
  const [ann, kid] = [await strict.player(), await strict.player()]
  const policyOf = async (as: Caller) => (await serversOf(as)).transport_policy
  expect(await policyOf(ann.as)).toBe('all')
  await strict.set('age.gate', { enabled: true })
  // The gate is read once a second.
  await expect.poll(() => policyOf(ann.as), { timeout: 5_000 }).toBe('relay')
  const answerAge = (as: Caller, birth_date: string) =>
    as('POST', '/auth/age', { birth_date, country: 'US' })
  expect((await answerAge(ann.as, '1980-01-01')).status).toBeLessThan(300)
  const year = new Date().getUTCFullYear()
  expect((await answerAge(kid.as, `${year - 9}-01-01`)).status).toBeLessThan(300)
  expect([await policyOf(ann.as), await policyOf(kid.as)]).toEqual(['all', 'relay'])
  await strict.set('social.peers', { direct: 'nobody' })
  expect(await policyOf(ann.as)).toBe('relay')
  await strict.set('social.peers', { direct: 'everyone' })
  expect(await policyOf(kid.as)).toBe('all')
})

test('after logout, and for a key alone, there are no credentials', async () => {
  const { headers } = await place.player()
  const as = callerOf(api.url, headers)
  const key = { 'x-api-key': headers['x-api-key'] ?? '' }
  const keyOnly = await callerOf(api.url, key)('POST', '/realtime/ice-servers')
  expect(codeOf(keyOnly)).toBe('credential_missing')
  await as('POST', '/auth/logout')
  expect(codeOf(await as('POST', '/realtime/ice-servers'))).toBe('session_ended')
})

test('a player gets sixty answers in ten minutes, and the sixty-first is told when to come back', async () => {
  const as = callerOf(api.url, (await place.player()).headers)
  const answers = await Promise.all(
    Array.from({ length: 61 }, () => as('POST', '/realtime/ice-servers')),
  )
  const refused = answers.filter(({ status }) => status !== 200)
  expect(refused.map(codeOf)).toEqual(['rate_limited'])
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test.each([
  ['TURN servers without their secret', { TURN_URLS: turnUrls[0] ?? '' }],
  ['TURN servers by another scheme', { TURN_URLS: 'http://turn.example', TURN_SECRET: secret }],
  ['STUN servers by another scheme', { STUN_URLS: 'turn:stun.example' }],
])('an API is not started with %s', async (_what, env) => {
  await expect(async () => startAnotherApi(stack, env)).rejects.toThrow(/TURN_|STUN_/)
})
