import type { Caller, Route } from '@aethex/shared/http'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { allRoutes } from '../contract/documents.js'
import { neededQueries } from './write-preparations.js'

/**
 * The promises that every route keeps, run over the route table: a new route is tested by being in it.
 */

let home: TestEnvironment
let away: TestEnvironment
let player: TestPlayer
let stranger: TestPlayer

beforeAll(async () => {
  const stack = inject('stack')
  home = await freshEnvironment(stack)
  away = await freshEnvironment(stack)
  player = await freshPlayer(home)
  stranger = await freshPlayer(away)
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The headers of a caller of each kind, as they should be. */
const headersOf = (caller: Caller): Record<string, string> => {
  switch (caller) {
    case 'public':
      return {}
    case 'client':
      return { 'x-api-key': home.publishableKey }
    case 'player':
      return player.headers
    case 'server':
      return { 'x-api-key': home.secretKey }
    case 'member':
      return bearer(home.memberToken)
  }
}

const paramValues = (): Record<string, string> => ({
  user_id: 'me',
  save_id: 'slot1',
  board_id: 'board',
  rating: 'ranked',
  channel: 'chat.main.public',
  number: '1',
  organization_id: home.organizationId,
  project_id: home.projectId,
  environment_id: home.environmentId,
  setting: 'auth.registration',
  kind: 'terms',
  version: '1',
  from_version: '1',
  provider: 'google',
  slug: 'studio',
  avatar: `${'a'.repeat(64)}.webp`,
  identity: 'password~main',
  page: 'sign-in',
  asset: 'page.css',
  part: '1',
})

/** An id of nothing that exists; every other parameter must stand in the table above. */
const nobody = '01890000-0000-7000-8000-000000000000'

const urlOf = (route: Route<never>, values: Record<string, string> = {}) => {
  const all = { ...paramValues(), ...values }
  const wordFor = (name: string) => all[name] ?? (name.endsWith('_id') ? nobody : 'unknown')
  return home.apiUrl + route.path.replace(/:(\w+)/g, (_, name: string) => wordFor(name))
}

const goodHeaders = (route: Route<never>) => headersOf(route.auth[0] ?? 'public')

const send = (route: Route<never>, options: Parameters<typeof call>[2] = {}) =>
  call(route.method.toUpperCase(), urlOf(route), {
    ...options,
    headers: { ...goodHeaders(route), ...options?.headers },
  })

/** Headers, and a body that the route reads, of whichever type it takes. */
const goodBody = (route: Route<never>): Parameters<typeof call>[2] => {
  const headers = goodHeaders(route)
  const [type] = route.takes ?? []
  if (type !== undefined) {
    const sent = type === '*/*' ? 'application/octet-stream' : type
    return { headers: { ...headers, 'content-type': sent }, bytes: '{}' }
  }
  return route.body === undefined ? { headers } : { headers, json: route.example }
}

const title = (route: Route<never>) => [route.id, route] as const
const closed = allRoutes.filter(route => !route.auth.includes('public')).map(title)
const withBody = allRoutes.filter(route => route.body !== undefined).map(title)
const every = allRoutes.map(title)

describe('who may call', () => {
  test.each(closed)('%s answers 401 without a credential', async (_id, route) => {
    const answer = await call(route.method.toUpperCase(), urlOf(route), { json: route.example })
    expect(answer.status).toBe(401)
    expect(codeOf(answer)).toBe('credential_missing')
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })

  test.each(closed)('%s answers 401 to a made-up key and token', async (_id, route) => {
    const headers = { 'x-api-key': `pk_${'A'.repeat(32)}000000`, ...bearer('e30.e30.e30') }
    const answer = await call(route.method.toUpperCase(), urlOf(route), {
      headers,
      json: route.example,
    })
    expect(answer.status).toBe(401)
    codeOf(answer)
  })

  test.each(closed)('%s refuses every kind of caller it does not name', async (_id, route) => {
    const kinds: Caller[] = ['client', 'player', 'server', 'member']
    for (const kind of kinds.filter(candidate => !route.auth.includes(candidate))) {
      // A player also carries the publishable key, so they pass where a client does.
      if (kind === 'player' && route.auth.includes('client')) continue
      const answer = await call(route.method.toUpperCase(), urlOf(route), {
        headers: headersOf(kind),
        json: route.example,
      })
      expect([401, 403], `${kind} got ${answer.status}`).toContain(answer.status)
      codeOf(answer)
    }
  })

  test.each(closed.filter(([, route]) => route.auth.includes('player')))(
    'B12: %s answers 401 to a player of another environment',
    async (_id, route) => {
      const mixed = { 'x-api-key': home.publishableKey, ...bearer(stranger.accessToken) }
      const answer = await call(route.method.toUpperCase(), urlOf(route), {
        headers: mixed,
        json: route.example,
      })
      expect(answer.status).toBe(401)
      expect(codeOf(answer)).toBe('token_invalid')
    },
  )

  test.each(closed.filter(([, route]) => route.auth.includes('server')))(
    'D2: %s refuses a secret key that comes from a browser',
    async (_id, route) => {
      const headers = { 'x-api-key': home.secretKey, origin: 'https://game.example' }
      const answer = await call(route.method.toUpperCase(), urlOf(route), {
        headers,
        json: route.example,
      })
      expect(codeOf(answer)).toBe('secret_key_in_browser')
    },
  )
})

describe('what belongs to others', () => {
  const foreignIds: Record<string, () => string> = {
    user_id: () => stranger.id,
    organization_id: () => away.organizationId,
    project_id: () => away.projectId,
    environment_id: () => away.environmentId,
  }
  const named = allRoutes.flatMap(route =>
    Object.keys(route.params?.shape ?? {})
      .filter(name => name in foreignIds)
      .map(name => [route.id, name, route] as const),
  )

  test.each(named)(
    'D1: %s answers a foreign %s as if it did not exist',
    async (_id, name, route) => {
      const outsider = await freshOutsider(route)
      const ask = (id: string) =>
        call(route.method.toUpperCase(), urlOf(route, { [name]: id }) + queryOf(route), {
          ...goodBody(route),
          headers: { ...goodBody(route)?.headers, ...outsider },
        })
      const foreign = await ask(foreignIds[name]?.() ?? '')
      const absent = await ask('01890000-0000-7000-8000-000000000001')
      expect(codeOf(foreign)).toBe('not_found')
      const withoutId = (body: unknown) => JSON.stringify({ ...Object(body), request_id: '' })
      expect(withoutId(foreign.body)).toBe(withoutId(absent.body))
    },
  )

  /** Member routes are tried by a member of no organisation; the others by their usual caller. */
  async function freshOutsider(route: Route<never>): Promise<Record<string, string>> {
    if (!route.auth.includes('member')) return goodHeaders(route)
    outsider ??= await signUpOutsider()
    return outsider
  }

  let outsider: Record<string, string> | undefined

  async function signUpOutsider(): Promise<Record<string, string>> {
    const answer = await call('POST', `${home.apiUrl}/api/v1/studio/signup`, {
      json: {
        email: `${crypto.randomUUID()}@studio.example`,
        password: 'a long password',
        name: 'Eve',
      },
    })
    const { session } = Object(answer.body)
    return bearer(session.access_token)
  }

  const queryOf = (route: Route<never>) => neededQueries[route.id] ?? ''
})

describe('what is sent', () => {
  const bent: [string, string | Uint8Array, number, string][] = [
    ['E5: nothing', '', 400, 'malformed_json'],
    ['E5: half a body', '{"a":', 400, 'malformed_json'],
    ['E5: HTML', '<p>hello</p>', 400, 'malformed_json'],
    ['E6: a byte order mark', '\ufeff{}', 400, 'malformed_json'],
    ['E7: a key twice', '{"a":1,"a":2}', 400, 'duplicate_key'],
    ['E7: __proto__', '{"__proto__":{"admin":true}}', 400, 'forbidden_key'],
    ['E7: constructor', '{"constructor":{}}', 400, 'forbidden_key'],
    ['E4: 30,000 levels', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'json_too_deep'],
    ['E8: an infinite number', '{"a":1e999}', 400, 'unsafe_number'],
    ['E8: an unsafe integer', '{"a":9007199254740993}', 400, 'unsafe_number'],
    ['A15: a NUL character', '{"a":"\\u0000"}', 400, 'invalid_text'],
    ['A15: half a surrogate pair', '{"a":"\\ud800"}', 400, 'invalid_text'],
    [
      'E6: invalid UTF-8',
      Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
      400,
      'invalid_text',
    ],
    ['an array', '[]', 400, 'invalid_request'],
    ['null', 'null', 400, 'invalid_request'],
    ['a text', '"text"', 400, 'invalid_request'],
  ]

  // A document of the game's own making has whatever fields the game wants.
  describe.each(withBody.filter(([id]) => id !== 'preferences.write'))('%s', (_id, route) => {
    test('D7: refuses a field it does not know, and names it', async () => {
      const answer = await send(route, { json: { ...Object(route.example), surprise: 1 } })
      expect(codeOf(answer)).toBe('invalid_request')
      expect(Object(answer.body).errors).toContainEqual({
        pointer: '/surprise',
        reason: 'is not a known field',
      })
    })

    test('refuses values of another type, and names them', async () => {
      const [field = ''] = Object.keys(Object(route.example))
      const answer = await send(route, { json: { ...Object(route.example), [field]: { $gt: '' } } })
      // A save's data may be anything; every first field of the others has a type.
      expect(codeOf(answer)).toBe('invalid_request')
      expect(JSON.stringify(Object(answer.body).errors)).toContain(field)
    })
  })

  describe.each(withBody)('%s', (_id, route) => {
    test.each(bent)('%s is refused', async (_what, bytes, status, code) => {
      const answer = await send(route, { bytes })
      expect([answer.status, codeOf(answer)]).toEqual([status, code])
    })

    test.each([
      ['E6: no type', { 'content-type': '' }],
      ['E6: plain text', { 'content-type': 'text/plain' }],
      ['E6: a form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['E6: UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
      ['E6: an unknown encoding', { 'content-encoding': 'compress' }],
      ['E6: two encodings', { 'content-encoding': 'gzip, gzip' }],
    ])('%s is refused', async (_what, headers) => {
      const answer = await send(route, { json: route.example, headers })
      expect(answer.status).toBe(415)
      codeOf(answer)
    })

    test('E10: refuses a body over its limit and lives on', async () => {
      const limit = route.bodyLimit ?? 64 * 1024
      const answer = await send(route, { bytes: `{"a":"${'x'.repeat(limit)}"}` })
      expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large'])
    })
  })

  test.each(every)('D10: %s refuses a parameter it does not know', async (_id, route) => {
    const answer = await call(route.method.toUpperCase(), `${urlOf(route)}?surprise=1`, {
      ...goodBody(route),
    })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test.each(every)('D10: %s refuses a parameter given twice', async (_id, route) => {
    const answer = await call(route.method.toUpperCase(), `${urlOf(route)}?limit=1&limit=2`, {
      ...goodBody(route),
    })
    expect(codeOf(answer)).toBe('invalid_request')
  })
})

describe('where it is sent', () => {
  test.each(every)('D9: %s answers 405 with Allow to a method nobody takes', async (_id, route) => {
    const answer = await call('PROPFIND', urlOf(route), {
      headers: goodHeaders(route),
    })
    expect([answer.status, codeOf(answer)]).toEqual([405, 'method_not_allowed'])
    expect(answer.headers.get('allow')).toContain(route.method.toUpperCase())
  })

  test.each([
    ['/api/v1/nothing', 404],
    ['/', 404],
    ['/api/v1/auth/login/', 404],
    ['/api/v1//auth/login', 404],
    ['/API/v1/auth/login', 404],
    ['/api/v1/saves/..%2f..%2fetc/slot1', 400],
    ['/api/v1/saves/me/%00', 400],
    ['/api/v1/saves/me/%zz', 400],
    ['/admin', 404],
    ['/internal', 404],
    ['/debug', 404],
    ['/.env', 404],
    ['/api/v1/admin', 404],
  ])('D9, E13: %s answers %d as a problem', async (path, status) => {
    const answer = await call('GET', home.apiUrl + path, { headers: player.headers })
    expect(answer.status).toBe(status)
    codeOf(answer)
  })
})
