import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { createMemoryStorage, type KeyValueStorage } from '../core/storage.js'
import { soon } from '../testing/soon.js'
import { player, problem, startTestApi, type TestApi, tokens } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud
let storage: KeyValueStorage

beforeEach(async () => {
  api = await startTestApi()
  storage = createMemoryStorage()
  cloud = createTestCloud(api, { storage })
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const nothing = { analytics: false, marketing: false, voice: false, third_parties: false }
const permitted = (is_child: boolean, analytics = false) => ({
  body: {
    is_child,
    age_required: false,
    permissions: { chat: !is_child, ...nothing, analytics },
  },
})
const consents = (analytics: boolean) => ({
  body: { consents: { ...nothing, analytics }, details: {}, policy_version: 2 },
})
const waiting = () => storage.getItem('aethex.pk_test.events.ada')

async function signInChild() {
  api.answer('POST /auth/anonymous', {
    status: 201,
    body: { user: { ...player('ada'), is_child: true }, session: tokens(1) },
  })
  unwrap(await cloud.auth.loginAnonymous())
}

test('says once per refusal what the player has to accept, and accepts it', async () => {
  await signIn(api, cloud)
  const pending = [{ kind: 'terms', version: 2 }]
  api.answer('GET /saves/me', problem(403, 'policy_acceptance_required', { pending }))
  const listener = vi.fn()
  const stop = cloud.policies.onPolicyRequired(listener)
  const refused = await cloud.saves.list()
  expect(refused).toMatchObject({ error: { code: 'policy_acceptance_required' } })
  expect(listener.mock.calls).toEqual([[pending]])
  api.answer('GET /auth/policies/pending', { body: { enforcement: 'required', items: pending } })
  const { items, enforcement } = unwrap(await cloud.policies.pending({ locale: 'de' }))
  expect([items, enforcement]).toEqual([pending, 'required'])
  api.answer('POST /auth/policies/accept', { cut: true }, { body: { accepted: [], pending: [] } })
  unwrap(await cloud.policies.accept(items, { locale: 'de' }))
  expect(api.seen('POST /auth/policies/accept').at(-1)?.body).toEqual({
    accepted: pending,
    locale: 'de',
  })
  stop()
  await cloud.saves.list()
  expect(listener).toHaveBeenCalledTimes(1)
})

test('shows the policies before anybody has signed in, and registers with an acceptance and an age', async () => {
  api.answer('GET /policies', { body: { items: [], next_cursor: null } })
  unwrap(await cloud.policies.list({ locale: 'fr' }))
  expect(api.requests[0]?.query.toString()).toBe('locale=fr')
  api.answer('GET /age/gate', { body: { enabled: true, ask: 'birth_year', country: 'FR' } })
  expect(unwrap(await cloud.age.gate('FR')).ask).toBe('birth_year')
  api.answer('POST /auth/register', {
    status: 201,
    body: { user: player('ada'), session: tokens(1) },
  })
  const account = { email: 'ada@example.com', password: 'a long one', username: 'Ada' }
  const policies = [{ kind: 'terms', version: 1 }]
  const age = { birth_year: 1990, country: 'FR' }
  unwrap(await cloud.auth.register({ ...account, policies, age }))
  expect(api.requests.at(-1)?.body).toEqual({
    ...account,
    policies,
    age: { ...age, device_secret: expect.stringMatching(/^[\w-]{43}$/) },
  })
})

test('gives the age with the secret of the device, always the same one', async () => {
  await signIn(api, cloud)
  api.answer('POST /auth/age', permitted(false))
  const answer = { birth_date: '1990-05-17', country: 'DE' }
  expect(unwrap(await cloud.age.answer(answer)).is_child).toBe(false)
  const [guest, age] = ['POST /auth/anonymous', 'POST /auth/age'].map(route => api.seen(route)[0])
  expect(age?.body).toEqual({ ...answer, device_secret: guest?.body.device_secret })
})

test('drops the events of who turns out to be a child, and sends none of them', async () => {
  await signIn(api, cloud)
  api.answer('PUT /privacy/consents', consents(true))
  unwrap(await cloud.privacy.setConsents({ analytics: true, policy_version: 2 }))
  expect(cloud.analytics.trackEvent('started')).toBe(true)
  expect(waiting()).not.toBeNull()
  api.answer('POST /auth/age', permitted(true))
  unwrap(await cloud.age.answer({ birth_date: '2019-05-17', country: 'DE' }))
  expect(waiting()).toBeNull()
  expect(cloud.analytics.trackEvent('later')).toBe(false)
  unwrap(await cloud.analytics.flush())
  expect(api.seen('POST /analytics/events')).toEqual([])
})

test('of a child holds nothing, not even in memory, until the server says that a parent agreed', async () => {
  await signInChild()
  api.answer('GET /privacy/consents', consents(true))
  api.answer('POST /analytics/events', { status: 202, body: { accepted: 1 } })
  expect(cloud.analytics.trackEvent('on.a.guess')).toBe(false)
  await soon(() => expect(cloud.analytics.trackEvent('allowed')).toBe(true))
  unwrap(await cloud.analytics.flush())
  const sent = api.seen('POST /analytics/events').flatMap(({ body }) => body.events)
  expect(sent).toEqual([expect.objectContaining({ name: 'allowed' })])
})

test('tells what the player may do, and asks a parent', async () => {
  await signInChild()
  api.answer('GET /auth/permissions', permitted(true, true))
  expect(unwrap(await cloud.privacy.getPermissions()).permissions.chat).toBe(false)
  expect(cloud.analytics.trackEvent('allowed')).toBe(true)
  const route = 'POST /privacy/parental-consent/request'
  api.answer(route, { status: 202, body: { requested: true } })
  const asked = await cloud.privacy.requestParentalConsent('parent@example.com', { locale: 'de' })
  expect(asked).toEqual({ success: true })
  expect(api.seen(route)[0]?.body).toEqual({ parent_email: 'parent@example.com', locale: 'de' })
})

test('hands on what has to be asked again', async () => {
  await signIn(api, cloud)
  const details = {
    analytics: { state: 'ask_again', since: null, policy_version: 1, source: 'player' },
  }
  api.answer('GET /privacy/consents', {
    body: { consents: nothing, details, policy_version: 2 },
  })
  const answer = unwrap(await cloud.privacy.getConsents())
  expect([answer.details.analytics.state, answer.policy_version]).toEqual(['ask_again', 2])
})
