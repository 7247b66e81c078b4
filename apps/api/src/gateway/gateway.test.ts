import { readFileSync } from 'node:fs'
import type { Running } from '@aethex/shared/lifecycle'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../testing/another-api.js'

const stack = inject('stack')
const game = 'https://game.example'
let environment: TestEnvironment
let player: TestPlayer
let api: Running
let lame: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  player = await freshPlayer(environment)
  api = await startAnotherApi(stack, { ALLOWED_ORIGINS: `${game},http://localhost:*` })
  lame = await startAnotherApi(stack, {
    REDIS_URL: 'redis://127.0.0.1:9',
    S3_ENDPOINT: 'http://127.0.0.1:9',
  })
})
afterAll(() => Promise.all([api.close(), lame.close()]))

const profile = (headers: Record<string, string> = {}) =>
  call('GET', `${api.url}/api/v1/auth/profile`, { headers: { ...player.headers, ...headers } })
const preflight = (origin: string, path = '/api/v1/auth/profile') =>
  call('OPTIONS', api.url + path, {
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,x-api-key,idempotency-key,if-match',
    },
  })
const corsOf = ({ headers }: { headers: Headers }) =>
  [...headers.keys()].filter(name => name.startsWith('access-control'))

describe('E14: pages of other origins', () => {
  test.each([game, 'http://localhost:1', 'http://localhost:65535'])(
    '%s may call and read',
    async origin => {
      const answer = await profile({ origin })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('access-control-expose-headers')).toContain('etag')
      const asked = await preflight(origin)
      expect([asked.status, asked.body]).toEqual([204, undefined])
      expect(asked.headers.get('access-control-allow-methods')).toContain('PUT')
      for (const name of [
        'authorization',
        'x-api-key',
        'idempotency-key',
        'if-match',
        'content-type',
      ]) {
        expect(asked.headers.get('access-control-allow-headers')).toContain(name)
      }
    },
  )

  test.each([
    'null',
    'https://evil.example',
    'https://game.example.evil.test',
    'https://evilgame.example',
    'https://game.example:8443',
    'http://game.example',
    'HTTPS://GAME.EXAMPLE',
    'http://localhost:*',
    'http://localhost:80.evil.test',
    'http://localhost.evil.test:80',
    'https://localhost:80',
    '*',
  ])('%s gets no leave', async origin => {
    for (const answer of [await profile({ origin }), await preflight(origin)]) {
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('credentials are never allowed, and every answer varies with the origin', async () => {
    for (const answer of [
      await profile({ origin: game }),
      await preflight(game),
      await profile(),
    ]) {
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin')
    }
    expect(corsOf(await profile())).toEqual([])
  })

  test('a refusal can be read by the page, too', async () => {
    const answer = await profile({ origin: game, authorization: 'Bearer x' })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, game])
  })
})

describe('the headers of an answer', () => {
  test('X-Request-Id is echoed, made when it is missing, and named in refusals', async () => {
    expect((await profile({ 'x-request-id': 'my-request.7' })).headers.get('x-request-id')).toBe(
      'my-request.7',
    )
    const [one, two] = [await profile(), await profile()]
    expect(one.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(two.headers.get('x-request-id')).not.toBe(one.headers.get('x-request-id'))
    const refused = await profile({ 'x-request-id': 'mine', authorization: '' })
    expect([refused.headers.get('x-request-id'), Object(refused.body).request_id]).toEqual([
      'mine',
      'mine',
    ])
  })

  test.each(['a b', 'x'.repeat(65), '<script>', '{"level":"info"}', 'ünï', ''])(
    'I7: the X-Request-Id %j is replaced',
    async given => {
      const answer = await profile({ 'x-request-id': Buffer.from(given).toString('latin1') })
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )

  test('answers and refusals are private, typed and say nothing of the server', async () => {
    for (const answer of [
      await profile(),
      await profile({ authorization: 'Bearer x' }),
      await call('GET', `${api.url}/nowhere`),
    ]) {
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('content-type')).toMatch(
        /^application\/(problem\+)?json; charset=utf-8$/,
      )
      expect(answer.headers.get('server') ?? answer.headers.get('x-powered-by')).toBeNull()
    }
  })

  test('a budget tells what is left of it', async () => {
    const answer = await call('POST', `${api.url}/api/v1/auth/register`, {
      json: {},
      headers: { 'x-api-key': environment.publishableKey },
    })
    expect(answer.headers.get('ratelimit')).toMatch(/^"register";r=\d+;t=\d+$/)
    expect(answer.headers.get('ratelimit-policy')).toBe('"register";q=600;w=600')
  })

  test('HEAD answers as GET does, without the body', async () => {
    const url = `${api.url}/api/v1/auth/profile`
    const [head, get] = [await call('HEAD', url, player), await call('GET', url, player)]
    expect([head.status, head.body]).toEqual([200, undefined])
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
    const missing = await call('HEAD', url)
    expect([missing.status, missing.body]).toEqual([401, undefined])
  })
})

describe('pages and documents', () => {
  test('the docs page is HTML that loads from here only', async () => {
    const response = await fetch(`${api.url}/docs`)
    expect(response.headers.get('content-type')).toContain('text/html')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/script-src[^;]*(unsafe|http|\*)/)
    const html = await response.text()
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(match => match[1] ?? '')
    expect(files.length).toBeGreaterThan(2)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    for (const file of files) expect((await fetch(api.url + file)).status, file).toBe(200)
  })

  test('openapi.json is the committed document, and names every promised path', async () => {
    const answer = await call('GET', `${api.url}/api/v1/openapi.json`)
    expect(answer.body).toEqual(
      JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')),
    )
    const { openapi, paths } = Object(answer.body)
    expect(openapi).toMatch(/^3\.1\./)
    for (const [path, methods] of Object.entries({
      '/api/v1/auth/register': ['post'],
      '/api/v1/auth/login': ['post'],
      '/api/v1/auth/refresh': ['post'],
      '/api/v1/auth/logout': ['post'],
      '/api/v1/auth/profile': ['get', 'put'],
      '/api/v1/saves/{user_id}': ['get', 'post'],
      '/api/v1/saves/{user_id}/{save_id}': ['get', 'delete'],
      '/api/v1/saves/{user_id}/history': ['get'],
    })) {
      expect(Object.keys(paths[path]), path).toEqual(expect.arrayContaining(methods))
    }
  })

  test.each([
    '/docs/nothing',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs//etc/passwd',
    '/api/v1/openapi.json/',
  ])('E13: %s is a problem, not a page', async path => {
    const answer = await call('GET', api.url + path)
    expect([400, 404]).toContain(answer.status)
    codeOf(answer)
  })
})

describe('health', () => {
  test('/livez says that the process turns', async () => {
    const answer = await call('GET', `${api.url}/livez`)
    expect([answer.status, answer.body]).toEqual([200, { status: 'live' }])
  })

  test('/readyz tells the truth about every part', async () => {
    const answer = await call('GET', `${api.url}/readyz`)
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        status: 'ready',
        parts: {
          database: { ok: true, required: true },
          redis: { ok: true, required: false },
          object_store: { ok: true, required: false },
        },
      },
    ])
  })

  test('without Redis and the object store the API is degraded, and says what is out', async () => {
    const answer = await call('GET', `${lame.url}/readyz`)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      status: 'degraded',
      parts: { database: { ok: true }, redis: { ok: false }, object_store: { ok: false } },
    })
    const save = await call('POST', `${lame.url}/api/v1/saves/me`, {
      json: { save_id: 'slot1', data: 1 },
      headers: player.headers,
    })
    expect([save.status, codeOf(save), save.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '1',
    ])
    expect((await call('GET', `${lame.url}/api/v1/auth/profile`, player)).status).toBe(200)
  })

  test('I9: metrics are labelled by route, never by path', async () => {
    const secret = `path-${crypto.randomUUID()}`
    await call('GET', `${api.url}/api/v1/${secret}`)
    await call('GET', `${api.url}/api/v1/saves/me/${secret}`, player)
    const metrics = await (await fetch(`${api.url}/metrics`)).text()
    expect(metrics).toContain('route="saves.read"')
    expect(metrics).not.toContain(secret)
  })
})
