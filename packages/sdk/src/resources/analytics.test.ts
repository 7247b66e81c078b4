import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { createMemoryStorage } from '../core/storage.js'
import { problem, type SeenRequest, startTestApi, type TestApi } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud
const route = 'POST /analytics/events'
const page = new EventTarget()

const accepted = ({ body }: SeenRequest) => ({
  status: 202,
  body: { accepted: eventsOf({ body }).length },
})

function eventsOf({ body }: Pick<SeenRequest, 'body'>): Record<string, unknown>[] {
  return Array.isArray(body.events) ? body.events : []
}

const sentEvents = () => api.seen(route).flatMap(eventsOf)
const sentNames = () => sentEvents().map(({ name }) => name)

async function agree(to = cloud, analytics = true) {
  const consents = { analytics, marketing: false, voice: false, third_parties: false }
  api.answer('PUT /privacy/consents', { body: { consents } })
  unwrap(await to.privacy.setConsents({ analytics }))
}

beforeEach(async () => {
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  api = await startTestApi()
  api.answer(route, accepted)
  cloud = createTestCloud(api)
  await signIn(api, cloud)
})
afterEach(async () => {
  cloud.close()
  vi.unstubAllGlobals()
  await api.close()
})

test('notes nothing before the player has agreed', async () => {
  expect(cloud.analytics.trackEvent('started')).toBe(false)
  await agree()
  expect(cloud.analytics.trackEvent('agreed')).toBe(true)
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(1)
  expect(sentNames()).toEqual(['agreed'])
})

test('learns of an agreement given elsewhere by reading the consents', async () => {
  const consents = { analytics: true, marketing: false, voice: false, third_parties: false }
  api.answer('GET /privacy/consents', { body: { consents } })
  unwrap(await cloud.privacy.getConsents())
  expect(cloud.analytics.trackEvent('started')).toBe(true)
})

test('drops what waits the moment the player withdraws, also offline', async () => {
  await agree()
  cloud.analytics.trackEvent('started')
  api.answer('PUT /privacy/consents', { cut: true })
  expect(await cloud.analytics.setConsent(false)).toMatchObject({ success: false })
  expect(cloud.analytics.trackEvent('later')).toBe(false)
  unwrap(await cloud.analytics.flush())
  expect(api.seen(route)).toHaveLength(0)
})

test('stops when the server says that the consent is gone', async () => {
  await agree()
  cloud.analytics.trackEvent('started')
  api.answer(route, problem(403, 'consent_required'))
  expect(await cloud.analytics.flush()).toMatchObject({ error: { code: 'consent_required' } })
  expect(cloud.analytics.trackEvent('later')).toBe(false)
  unwrap(await cloud.analytics.flush())
  expect(api.seen(route)).toHaveLength(1)
})

test('sends each event under one id, however often it has to be sent', async () => {
  await agree()
  cloud.analytics.trackEvent('level.finished', { level: 5 })
  cloud.analytics.trackMetric('fps', 60)
  cloud.analytics.trackScreen('menu')
  api.answer(route, { cut: true }, accepted)
  expect(await cloud.analytics.flush()).toMatchObject({ success: false })
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(3)
  const [first, second] = api.seen(route)
  expect(first?.body).toEqual(second?.body)
  expect(sentEvents().slice(0, 3)).toMatchObject([
    { name: 'level.finished', properties: { level: 5 } },
    { name: 'metric', properties: { metric: 'fps', value: 60 } },
    { name: 'screen', properties: { screen: 'menu' } },
  ])
  expect(new Set(sentEvents().map(({ event_id }) => event_id)).size).toBe(3)
})

test('leaves by itself at fifty events, in batches of at most a hundred', async () => {
  await agree()
  for (let index = 0; index < 50; index++) cloud.analytics.trackEvent(`e${index}`)
  await vi.waitFor(() => expect(sentNames()).toHaveLength(50))
  api.answer(route, { cut: true })
  for (let index = 0; index < 130; index++) cloud.analytics.trackEvent(`f${index}`)
  await vi.waitFor(() => expect(api.seen(route)).toHaveLength(2))
  api.answer(route, accepted)
  await vi.waitFor(async () =>
    expect(await cloud.analytics.flush()).toMatchObject({ success: true }),
  )
  const sizes = api.seen(route).map(seen => eventsOf(seen).length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
  expect(new Set(sentNames()).size).toBe(180)
})

test('keeps unsent events through a restart, each player their own', async () => {
  const storage = createMemoryStorage()
  const before = createTestCloud(api, { storage })
  await signIn(api, before, 'ada')
  await agree(before)
  before.analytics.trackEvent('of.ada')
  before.close()
  const after = createTestCloud(api, { storage })
  await signIn(api, after, 'bob')
  expect(unwrap(await after.analytics.flush()).accepted).toBe(0)
  await signIn(api, after, 'ada')
  expect(unwrap(await after.analytics.flush()).accepted).toBe(1)
  expect(sentNames()).toEqual(['of.ada'])
  after.close()
})

test('sends what waits when the page is hidden, without losing it if nobody answers', async () => {
  await agree()
  cloud.analytics.trackEvent('last.words')
  api.answer(route, { cut: true }, accepted)
  page.dispatchEvent(new Event('pagehide'))
  await vi.waitFor(() => expect(api.seen(route)).toHaveLength(1))
  unwrap(await cloud.analytics.flush())
  const ids = sentEvents().map(({ event_id }) => event_id)
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test('lets one bad event go, not its neighbours', async () => {
  const onError = vi.fn()
  cloud.close()
  cloud = createTestCloud(api, { onError })
  await signIn(api, cloud)
  await agree()
  for (const name of ['good', 'bad', 'fine']) cloud.analytics.trackEvent(name)
  const refusal = problem(400, 'invalid_request', { errors: [{ pointer: '/events/1/name' }] })
  api.answer(route, refusal, accepted)
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(2)
  expect(sentNames()).toEqual(['good', 'bad', 'fine', 'good', 'fine'])
  expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'invalid_request' }))
})

test('refuses a name that the server would refuse', async () => {
  await agree()
  expect(cloud.analytics.trackEvent('Level Finished!')).toBe(false)
  expect(cloud.analytics.trackEvent('level_finished')).toBe(true)
})

test('halves a batch that is too large', async () => {
  await agree()
  for (const name of ['a', 'b', 'c', 'd']) cloud.analytics.trackEvent(name)
  api.answer(route, problem(413, 'body_too_large'), accepted)
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(4)
  expect(api.seen(route).map(seen => eventsOf(seen).length)).toEqual([4, 2, 2])
})
