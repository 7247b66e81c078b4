import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { Profile } from './schema.js'

let environment: TestEnvironment
let api: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  api = callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)
})

const read = async () => {
  const answer = await api('GET', '/auth/profile')
  return { user: Profile.parse(answer.body).user, etag: answer.headers.get('etag') ?? '' }
}
const change = (fields: unknown, headers: Record<string, string> = {}) =>
  api('PUT', '/auth/profile', fields, headers)

describe('reading and changing', () => {
  test('profile answers 200 with the player and their version as the ETag', async () => {
    const player = await freshPlayer(environment)
    const answer = await callerOf(environment.apiUrl, player.headers)('GET', '/auth/profile')
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"1"'])
    expect(answer.body).toEqual({
      user: {
        id: player.id,
        email: null,
        email_verified: false,
        username: player.username,
        avatar_url: null,
        locale: null,
        public_fields: {},
        private_fields: {},
        is_child: false,
        created_at: expect.any(String),
      },
    })
  })

  test('a change is answered and kept; what is not named stays as it is', async () => {
    const avatar_url = 'https://cdn.example/a.png'
    await change({ avatar_url })
    const answer = await change({ username: 'Ada Lovelace' })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user: { username: 'Ada Lovelace', avatar_url } })
    expect((await read()).user).toEqual(Profile.parse(answer.body).user)
    expect((await change({ avatar_url: null })).body).toMatchObject({ user: { avatar_url: null } })
  })

  test('with If-Match of an older version nothing changes', async () => {
    const before = await read()
    expect((await change({ username: 'First' }, { 'if-match': before.etag })).status).toBe(200)
    const late = await change({ username: 'Second' }, { 'if-match': before.etag })
    expect([late.status, codeOf(late)]).toEqual([412, 'version_mismatch'])
    expect((await read()).user.username).toBe('First')
  })

  test.each(['"0"', '"x"', '1', 'W/"1"', '"99999999999999999999"', '""'])(
    'If-Match %s matches no version',
    async tag => expect(codeOf(await change({}, { 'if-match': tag }))).toBe('version_mismatch'),
  )

  test('of twenty parallel changes of one version exactly one is made', async () => {
    const { etag } = await read()
    const answers = await inParallel(20, index =>
      change({ username: `Racer ${index}` }, { 'if-match': etag }),
    )
    expect(tally(answers)).toEqual({ 200: 1, 412: 19 })
    const winner = answers.find(answer => answer.status === 200)
    expect((await read()).user).toEqual(Profile.parse(winner?.body).user)
  })

  test('a username of another player is refused, one of another environment is not', async () => {
    const rival = await freshPlayer(environment)
    const answer = await change({ username: rival.username.toUpperCase() })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'username_taken'])
    const stranger = await freshPlayer(await freshEnvironment(inject('stack')))
    expect((await change({ username: stranger.username })).status).toBe(200)
  })
})

describe('what may be written', () => {
  test.each([
    { role: 'admin' },
    { project_id: crypto.randomUUID() },
    { environment_id: crypto.randomUUID() },
    { email_verified: true },
    { email: 'evil@e.test' },
    { is_admin: true },
    { balance: 1_000_000 },
    { created_at: '2000-01-01T00:00:00Z' },
    { id: crypto.randomUUID() },
    { profile_version: 99 },
    { password_hash: 'x' },
  ])('D7: refuses %j and changes nothing', async extra => {
    const before = await read()
    const answer = await change({ username: 'Mallory', ...extra })
    expect(codeOf(answer)).toBe('invalid_request')
    expect(await read()).toEqual(before)
  })

  test.each(['__proto__', 'constructor', 'prototype'])('D7: refuses the key %s', async key => {
    const before = await read()
    const answer = await api('PUT', '/auth/profile', JSON.parse(`{"${key}":{"role":"admin"}}`))
    expect(codeOf(answer)).toBe('forbidden_key')
    expect(await read()).toEqual(before)
  })

  test.each([
    'javascript:alert(1)',
    'http://cdn.example/a.png',
    'data:image/png;base64,AA',
    '/a.png',
    'https://',
    `https://cdn.example/${'a'.repeat(2_048)}`,
  ])('refuses %s as an avatar', async avatar_url =>
    expect(codeOf(await change({ avatar_url }))).toBe('invalid_request'),
  )

  test.each(['a\0b', 'half \udc00 pair'])(
    'A15: refuses %j as a name and as an avatar',
    async text => {
      expect(codeOf(await change({ username: text }))).toBe('invalid_text')
      expect(codeOf(await change({ avatar_url: `https://cdn.example/${text}` }))).toBe(
        'invalid_text',
      )
    },
  )

  test('A13: a name that looks empty or hides its direction is refused', async () => {
    for (const username of ['\u200b\u200b\u200b', '\u202eAda', '   ', '\u3164\u3164\u3164']) {
      expect(codeOf(await change({ username })), JSON.stringify(username)).toBe('invalid_request')
    }
  })
})
