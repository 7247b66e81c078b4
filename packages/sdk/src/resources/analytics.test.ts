import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { createMemoryStorage, type KeyValueStorage } from '../core/storage.js'
import { soon } from '../testing/soon.js'
import { problem, type SeenRequest, startTestApi, type TestApi } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'

let api: TestApi
let cloud: Cloud
let storage: KeyValueStorage
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

const readRoute = 'GET /privacy/consents'
const writeRoute = 'PUT /privacy/consents'
const consents = (analytics: boolean) => ({
  body: { consents: { analytics, marketing: false, voice: false, third_parties: false } },
})

async function agree(to = cloud, analytics = true) {
  api.answer(writeRoute, consents(analytics))
  unwrap(await to.privacy.setConsents({ analytics }))
}

beforeEach(async () => {
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  api = await startTestApi()
  api.answer(route, accepted)
  api.answer(readRoute, consents(false))
  storage = createMemoryStorage()
  cloud = createTestCloud(api, { storage })
  await signIn(api, cloud)
})
afterEach(async () => {
  cloud.close()
  vi.unstubAllGlobals()
  await api.close()
})

test('sends nothing from before the player has agreed', async () => {
  cloud.analytics.trackEvent('started')
  unwrap(await cloud.analytics.flush())
  expect(cloud.analytics.trackEvent('refused')).toBe(false)
  await agree()
  expect(cloud.analytics.trackEvent('agreed')).toBe(true)
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(1)
  expect(sentNames()).toEqual(['agreed'])
})

test('learns of an agreement given elsewhere by reading the consents', async () => {
  api.answer(readRoute, consents(true))
  unwrap(await cloud.privacy.getConsents())
  expect(cloud.analytics.trackEvent('started')).toBe(true)
  expect(api.seen(readRoute)).toHaveLength(1)
})

test('asks once on a new device, and holds what happens until the answer in memory only', async () => {
  let answer = () => {}
  const answered = new Promise<void>(resolve => {
    answer = resolve
  })
  api.answer(readRoute, async () => {
    await answered
    return consents(true)
  })
  const noted = Array.from({ length: 60 }, (_, index) => cloud.analytics.trackEvent(`e${index}`))
  expect(noted.filter(Boolean)).toHaveLength(50)
  expect(storage.getItem('aethex.pk_test.events.ada')).toBeNull()
  answer()
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(50)
  expect(sentNames().slice(0, 2)).toEqual(['e0', 'e1'])
  expect(cloud.analytics.trackEvent('later')).toBe(true)
  expect(api.seen(readRoute)).toHaveLength(1)
})

test('drops what it held when the player has not agreed, and asks again after a new sign-in', async () => {
  cloud.analytics.trackEvent('held')
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(0)
  expect(cloud.analytics.trackEvent('later')).toBe(false)
  api.answer('POST /auth/logout', { status: 204 })
  unwrap(await cloud.auth.logout())
  await signIn(api, cloud)
  api.answer(readRoute, consents(true))
  expect(cloud.analytics.trackEvent('agreed.elsewhere')).toBe(true)
  unwrap(await cloud.analytics.flush())
  expect(sentNames()).toEqual(['agreed.elsewhere'])
})

test('holds on while the server cannot be asked', async () => {
  api.answer(readRoute, problem(503, 'unavailable'))
  cloud.analytics.trackEvent('held')
  unwrap(await cloud.analytics.flush())
  expect(api.seen(route)).toHaveLength(0)
  api.answer(readRoute, consents(true))
  expect(unwrap(await cloud.analytics.flush()).accepted).toBe(1)
})

test.each([true, false])(
  'takes no answer that is older than what the player has decided (%s)',
  async analytics => {
    let answer = () => {}
    const answered = new Promise<void>(resolve => {
      answer = resolve
    })
    api.answer(readRoute, async () => {
      await answered
      return consents(!analytics)
    })
    const reading = cloud.privacy.getConsents()
    cloud.analytics.trackEvent('undecided')
    await agree(cloud, analytics)
    answer()
    unwrap(await reading)
    expect(cloud.analytics.trackEvent('decided')).toBe(analytics)
    unwrap(await cloud.analytics.flush())
    expect(sentNames()).toEqual(analytics ? ['decided'] : [])
  },
)

test('does not ask a server that could not be told of a withdrawal', async () => {
  await agree()
  api.answer(writeRoute, { cut: true })
  await cloud.privacy.setConsents({ analytics: false })
  api.answer(readRoute, consents(true))
  const nextRun = createTestCloud(api, { storage })
  expect(nextRun.analytics.trackEvent('started')).toBe(false)
  expect(api.seen(readRoute)).toHaveLength(0)
  nextRun.close()
})

test('drops what waits the moment the player withdraws, also offline', async () => {
  await agree()
  cloud.analytics.trackEvent('started')
  api.answer(writeRoute, { cut: true })
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
  await soon(() => expect(sentNames()).toHaveLength(50))
  api.answer(route, { cut: true })
  for (let index = 0; index < 130; index++) cloud.analytics.trackEvent(`f${index}`)
  await soon(() => expect(api.seen(route)).toHaveLength(2))
  api.answer(route, accepted)
  await soon(async () => expect(await cloud.analytics.flush()).toMatchObject({ success: true }))
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
  await soon(() => expect(api.seen(route)).toHaveLength(1))
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
