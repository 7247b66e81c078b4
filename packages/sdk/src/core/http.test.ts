import { afterEach, beforeEach, expect, test } from 'vitest'
import { problem, startTestApi, type TestApi } from '../testing/test-api.js'
import { backoffMs, delayBeforeRetry, retryAfterMs } from './backoff.js'
import { AeThexError } from './error.js'
import { createHttp, type Http, path } from './http.js'

let api: TestApi
let http: Http

const open = (timeoutMs = 2_000) =>
  createHttp({
    url: api.url,
    apiKey: 'pk_test',
    fetch: globalThis.fetch,
    timeoutMs,
    tries: 4,
    backoff: { firstMs: 1, maxMs: 2 },
  })

beforeEach(async () => {
  api = await startTestApi()
  http = open()
})
afterEach(async () => {
  http.close()
  await api.close()
})

const unwell = problem(503, 'unavailable')
const well = { body: { fine: true } }

const errorOf = (promise: Promise<unknown>): Promise<AeThexError> =>
  promise.then(
    () => expect.fail('it succeeded'),
    thrown => (thrown instanceof AeThexError ? thrown : expect.fail(String(thrown))),
  )

test.each(['GET', 'PUT', 'DELETE'] as const)('repeats a %s until it is answered', async method => {
  api.answer(`${method} /thing`, unwell, { cut: true }, well)
  expect(await http.request({ method, path: '/thing' })).toEqual({ fine: true })
  expect(api.requests).toHaveLength(3)
})

test('never repeats a POST without an Idempotency-Key, whatever went wrong', async () => {
  for (const failure of [unwell, problem(500, 'internal'), { cut: true }]) {
    api.answer('POST /thing', failure, well)
    const error = await errorOf(http.request({ method: 'POST', path: '/thing', body: {} }))
    expect(error.retryable).toBe(true)
  }
  expect(api.requests).toHaveLength(3)
})

test('repeats a POST with an Idempotency-Key under the same key and request id', async () => {
  api.answer('POST /thing', { cut: true }, unwell, well)
  await http.request({ method: 'POST', path: '/thing', body: { a: 1 }, operationId: 'op-1' })
  const keys = api.requests.map(({ headers }) => headers['idempotency-key'])
  expect(keys).toEqual(['op-1', 'op-1', 'op-1'])
  expect(new Set(api.requests.map(({ headers }) => headers['x-request-id'])).size).toBe(1)
})

test('gives up after its tries, with the last refusal', async () => {
  api.answer('GET /thing', unwell)
  const error = await errorOf(http.request({ method: 'GET', path: '/thing' }))
  expect(error).toMatchObject({ code: 'unavailable', status: 503, retryable: true })
  expect(api.requests).toHaveLength(4)
})

test('does not repeat what the server understood and refused', async () => {
  api.answer('GET /thing', problem(400, 'invalid_request', { errors: [{ pointer: '/a' }] }))
  const error = await errorOf(http.request({ method: 'GET', path: '/thing' }))
  expect(error).toMatchObject({
    code: 'invalid_request',
    retryable: false,
    request_id: 'r',
    details: { errors: [{ pointer: '/a' }] },
  })
  expect(api.requests).toHaveLength(1)
})

test('hands a long Retry-After to the caller instead of waiting', async () => {
  api.answer('GET /thing', { ...problem(429, 'rate_limited'), headers: { 'retry-after': '3600' } })
  const error = await errorOf(http.request({ method: 'GET', path: '/thing' }))
  expect(error.retry_after_ms).toBe(3_600_000)
  expect(api.requests).toHaveLength(1)
})

test('comes back no sooner than a short Retry-After asks', async () => {
  const times: number[] = []
  api.answer('GET /thing', () => {
    times.push(Date.now())
    return times.length === 1 ? { ...unwell, headers: { 'retry-after': '1' } } : well
  })
  await http.request({ method: 'GET', path: '/thing' })
  const [first = 0, second = 0] = times
  expect(second - first).toBeGreaterThan(900)
})

test('waits at least as long as Retry-After says, and never beyond its cap by itself', () => {
  const backoff = { firstMs: 100, maxMs: 1_000 }
  expect(delayBeforeRetry(0, backoff, 3_000, () => 0)).toBe(3_000)
  expect(delayBeforeRetry(0, backoff, 3_000, () => 0.5)).toBe(3_050)
  expect(backoffMs(2, backoff, () => 1)).toBe(400)
  expect(backoffMs(30, backoff, () => 1)).toBe(1_000)
})

test('reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(retryAfterMs('7', now)).toBe(7_000)
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000)
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
  expect(retryAfterMs('soon', now)).toBeUndefined()
  expect(retryAfterMs(null, now)).toBeUndefined()
})

test('ends a request that takes too long', async () => {
  http = open(20)
  api.answer('POST /thing', () => new Promise(() => {}))
  const error = await errorOf(http.request({ method: 'POST', path: '/thing', body: {} }))
  expect(error).toMatchObject({ code: 'timed_out', status: 0, retryable: true })
})

test('understands a proxy that answers HTML', async () => {
  api.answer('POST /thing', { status: 502, body: '<html>Bad gateway</html>' })
  const error = await errorOf(http.request({ method: 'POST', path: '/thing', body: {} }))
  expect(error).toMatchObject({ code: 'unavailable', status: 502 })
  api.answer('GET /thing', { status: 200, body: '<html>Sign in to the wifi</html>' })
  const portal = await errorOf(http.request({ method: 'GET', path: '/thing' }))
  expect(portal).toMatchObject({ code: 'invalid_answer', status: 200 })
})

test('ends what is under way when it is closed', async () => {
  api.answer('GET /thing', () => new Promise(() => {}))
  const error = errorOf(http.request({ method: 'GET', path: '/thing' }))
  http.close()
  expect((await error).code).toBe('closed')
})

test('refuses data that is not JSON before anything is sent', async () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const call = { method: 'POST', path: '/thing', body: circular } as const
  expect((await errorOf(http.request(call))).code).toBe('invalid_request')
  expect(api.requests).toHaveLength(0)
})

test('keeps an id within its segment of the path', () => {
  expect(path('leaderboards', 'a/b?c')).toBe('/leaderboards/a%2Fb%3Fc')
  for (const id of ['..', '.', '']) expect(() => path('leaderboards', id)).toThrow(AeThexError)
})
