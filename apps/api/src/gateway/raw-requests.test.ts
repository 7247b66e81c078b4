import { connect } from 'node:net'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf } from '../testing/caller.js'
import { sendRaw } from '../testing/raw-http.js'

const { api_url: apiUrl } = inject('stack')
const { host } = new URL(apiUrl)
let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})
afterEach(async () => {
  const answer = await callerOf(apiUrl)('GET', '/openapi.json')
  expect(answer.status, 'the next honest request succeeds').toBe(200)
})

const lines = (...parts: string[]) => `${parts.join('\r\n')}\r\n\r\n`
const smuggled = lines('GET /.well-known/jwks.json HTTP/1.1', `host: ${host}`)

/** One refusal, whole and with a request id, after which the connection is closed: nothing behind it is answered. */
async function expectRefused(
  bytes: string | Uint8Array,
  statuses = [400],
  code = 'malformed_request',
) {
  const answers = await sendRaw(apiUrl, bytes)
  expect(answers.statuses, answers.text).toHaveLength(1)
  expect(statuses).toContain(answers.statuses[0])
  expect(answers.text.toLowerCase()).toContain('content-type: application/problem+json')
  expect(answers.text.toLowerCase()).toMatch(/\r\nx-request-id: [\w-]+\r\n/)
  expect(answers.text.toLowerCase()).toContain('connection: close')
  expect(answers.body).toMatchObject({
    status: answers.statuses[0],
    code,
    request_id: expect.any(String),
  })
}

const targets = [
  '/.well-known/jwks.json',
  '/api/v1/openapi.json',
  '/livez',
  '/readyz',
  '/metrics',
  '/docs',
]

describe.each(targets)('E1: %s', target => {
  const get = `GET ${target} HTTP/1.1`

  test('refuses two Hosts', () =>
    expectRefused(lines(get, `host: ${host}`, 'host: evil.example') + smuggled))

  test('refuses a second Host behind two thousand other headers', () =>
    expectRefused(
      lines(get, `host: ${host}`, ...Array(2_001).fill('a:'), 'host: evil.example') + smuggled,
    ))

  test.each(['xchunked', 'identity', 'chunked, identity', 'Chunked', 'gzip, chunked'])(
    'refuses Transfer-Encoding: %s',
    coding =>
      expectRefused(
        lines(`POST ${target} HTTP/1.1`, `host: ${host}`, `transfer-encoding: ${coding}`) +
          smuggled,
      ),
  )

  test.each(['http://evil.example/livez', 'https://evil.example', '*', 'livez'])(
    'refuses the target %s',
    url => expectRefused(lines(`GET ${url} HTTP/1.1`, `host: ${host}`) + smuggled),
  )
})

describe('E1: framing', () => {
  const post = 'POST /api/v1/auth/login HTTP/1.1'
  const json = 'content-type: application/json'
  test.each([
    [
      'both lengths',
      lines(post, `host: ${host}`, json, 'content-length: 5', 'transfer-encoding: chunked'),
    ],
    ['two lengths', lines(post, `host: ${host}`, json, 'content-length: 5', 'content-length: 6')],
    [
      'two equal lengths',
      lines(post, `host: ${host}`, json, 'content-length: 0', 'content-length: 0'),
    ],
    ['a length with a sign', lines(post, `host: ${host}`, json, 'content-length: +2')],
    ['a negative length', lines(post, `host: ${host}`, json, 'content-length: -1')],
    ['a length in hex', lines(post, `host: ${host}`, json, 'content-length: 0x2')],
    ['a folded header', lines(post, `host: ${host}`, 'x-a: b', ' c')],
    ['a bare line feed', `${post}\nhost: ${host}\n\n`],
    ['a bare carriage return', lines(post, `host: ${host}`, 'x-a: b\rx-b: c')],
    ['NUL in a header', lines(post, `host: ${host}`, 'x-a: b\0c')],
    ['a space before the colon', lines(post, `host : ${host}`)],
    ['no Host', lines(post, json)],
    ['a broken chunk', `${lines(post, `host: ${host}`, 'transfer-encoding: chunked')}zz\r\n`],
    ['an unknown method', lines('SMUGGLE / HTTP/1.1', `host: ${host}`)],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('refuses %s and answers nothing that follows', (_what, head) => expectRefused(head + smuggled))

  test('a preflight with two Hosts is refused, too', () =>
    expectRefused(
      lines(
        'OPTIONS /api/v1/auth/login HTTP/1.1',
        `host: ${host}`,
        'host: evil.example',
        'origin: http://localhost:1',
        'access-control-request-method: POST',
      ),
    ))

  test('D9: TRACE and CONNECT echo and open nothing', async () => {
    const trace = await sendRaw(
      apiUrl,
      lines(
        'TRACE /api/v1/auth/login HTTP/1.1',
        `host: ${host}`,
        'x-secret: echo-me',
        'connection: close',
      ),
    )
    expect([trace.statuses, trace.text.includes('echo-me')]).toEqual([[405], false])
    const tunnel = await sendRaw(
      apiUrl,
      lines('CONNECT evil.example:443 HTTP/1.1', 'host: evil.example:443'),
    )
    expect(tunnel.statuses.filter(status => status < 400)).toEqual([])
  })
})

describe('E13: paths that mean another path', () => {
  test.each([
    '/api/v1/saves/me/..',
    '/api/v1/leaderboards/..',
    '/api/v1/saves/me/%2e%2e',
    '/api/v1/saves/me/..%5cx',
    '/api/v1/./auth/profile',
    '/api/v1/saves/me/slot1;x',
  ])('%s reaches nothing', async path => {
    const head = [`GET ${path} HTTP/1.1`, `host: ${host}`, 'connection: close']
    const { statuses, body } = await sendRaw(
      apiUrl,
      lines(...head, `x-api-key: ${environment.secretKey}`),
    )
    expect([400, 404]).toContain(statuses[0])
    expect(body).toMatchObject({ request_id: expect.any(String) })
  })
})

describe('E3: headers beyond measure', () => {
  const get = 'GET /.well-known/jwks.json HTTP/1.1'
  test.each([
    ['one of 20 kB', [`x-big: ${'a'.repeat(20_000)}`]],
    ['3000 of them', Array.from({ length: 3_000 }, (_, at) => `x-${at}: 1`)],
    ['a path of 20 kB', []],
  ])('%s answer 431', async (_what, headers) => {
    const line = headers.length === 0 ? get.replace('/.well', `/${'a'.repeat(20_000)}`) : get
    const { statuses, body, text } = await sendRaw(apiUrl, lines(line, `host: ${host}`, ...headers))
    expect(statuses).toEqual([431])
    expect(body).toMatchObject({ code: 'headers_too_large', request_id: expect.any(String) })
    expect(text.toLowerCase()).toContain('connection: close')
  })
})

describe('E2: slow senders', () => {
  const secondsUntilClosed = (bytes: string) =>
    new Promise<{ seconds: number; text: string }>((resolve, reject) => {
      const startedAt = performance.now()
      let text = ''
      const { hostname, port } = new URL(apiUrl)
      const socket = connect(Number(port), hostname, () => socket.write(bytes))
      const drip = setInterval(() => socket.write('x-a: b\r\n'), 2_000)
      socket.on('data', chunk => {
        text += chunk.toString()
      })
      socket.on('error', reject)
      socket.on('close', () => {
        clearInterval(drip)
        resolve({ seconds: (performance.now() - startedAt) / 1_000, text })
      })
    })

  test('headers that never end are cut off with 408 within half a minute', {
    timeout: 40_000,
  }, async () => {
    const { seconds, text } = await secondsUntilClosed(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('"code":"request_timeout"')
    expect(seconds).toBeLessThan(30)
  })

  test('E10: a body longer than any limit is refused at its first line: nobody waits for it', async () => {
    const head = [
      'POST /api/v1/auth/login HTTP/1.1',
      `host: ${host}`,
      'content-type: application/json',
    ]
    const key = `x-api-key: ${environment.publishableKey}`
    const { statuses, body } = await sendRaw(
      apiUrl,
      lines(...head, key, 'content-length: 1000000000000'),
    )
    expect([statuses, body]).toMatchObject([[413], { code: 'body_too_large' }])
  })
})

describe('E13: paths that climb', () => {
  test.each(['..', '%2e%2e', '%2E.', '..\\', '.'])('%s leads nowhere', async up => {
    const climb = Array(3).fill(up).join('/')
    const answers = await sendRaw(
      apiUrl,
      lines(
        `GET /api/v1/analytics/${climb}/metrics HTTP/1.1`,
        `host: ${host}`,
        `x-api-key: ${environment.secretKey}`,
      ),
    )
    expect(answers.statuses).toEqual([400])
  })
})

test('a good request keeps its answer when noise follows it on the connection', async () => {
  const answers = await sendRaw(apiUrl, `${smuggled}GARBAGE\r\n\r\n`)
  expect(answers.statuses).toEqual([200])
})
