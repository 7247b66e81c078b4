import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { callerOf } from '../../testing/caller.js'
import { Profile } from './schema.js'

let environment: TestEnvironment
let ada: TestPlayer
let ben: TestPlayer

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  ada = await freshPlayer(environment)
  ben = await freshPlayer(environment)
})

const as = (player: TestPlayer) => callerOf(environment.apiUrl, player.headers)
const Shown = z.object({ player: z.record(z.string(), z.unknown()) })

describe('what a player shows', () => {
  test('D8: another player sees the name, the picture and the public fields, and nothing else', async () => {
    const fields = { public_fields: { title: 'Knight' }, private_fields: { diary: 'secret words' } }
    expect((await as(ada)('PUT', '/auth/profile', { ...fields, locale: 'de-AT' })).status).toBe(200)
    const seen = await as(ben)('GET', `/players/${ada.id}`)
    expect(seen.status).toBe(200)
    const { player } = Shown.parse(seen.body)
    expect(Object.keys(player).sort()).toEqual([
      'avatar_url',
      'created_at',
      'id',
      'public_fields',
      'username',
    ])
    expect(player.public_fields).toEqual({ title: 'Knight' })
    expect(JSON.stringify(seen.body)).not.toMatch(/secret words|de-AT/)
  })

  test('the owner sees both, and fields that are not named stay', async () => {
    await as(ada)('PUT', '/auth/profile', { private_fields: { a: 1 }, public_fields: { b: 2 } })
    const changed = await as(ada)('PUT', '/auth/profile', { locale: 'fr' })
    expect(Profile.parse(changed.body).user).toMatchObject({
      locale: 'fr',
      private_fields: { a: 1 },
      public_fields: { b: 2 },
    })
  })

  test('a server with players:read sees the same', async () => {
    const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
    const seen = await server('GET', `/players/${ada.id}`)
    expect(seen.body).toEqual((await as(ben)('GET', `/players/${ada.id}`)).body)
  })

  test('D1: a player of another environment sees nobody', async () => {
    const stranger = await freshPlayer(await freshEnvironment(inject('stack')))
    const seen = await callerOf(environment.apiUrl, stranger.headers)('GET', `/players/${ada.id}`)
    expect([seen.status, codeOf(seen)]).toEqual([404, 'not_found'])
  })
})

describe('what a profile does not take', () => {
  test.each([
    ['role', 'admin'],
    ['id', '01890000-0000-7000-8000-000000000000'],
    ['email', 'other@example.com'],
    ['email_verified', true],
    ['environment_id', '01890000-0000-7000-8000-000000000000'],
    ['created_at', '2020-01-01T00:00:00Z'],
    ['is_child', false],
    ['balance', 1_000],
  ])('D7: %s is refused by name, and nothing changes', async (name, value) => {
    const before = await as(ada)('GET', '/auth/profile')
    const refused = await as(ada)('PUT', '/auth/profile', { locale: 'it', [name]: value })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request'])
    expect(JSON.stringify(refused.body)).toContain(name)
    expect((await as(ada)('GET', '/auth/profile')).body).toEqual(before.body)
  })

  test('fields beyond their size are refused', async () => {
    const public_fields = { text: 'x'.repeat(5_000) }
    const refused = await as(ada)('PUT', '/auth/profile', { public_fields })
    expect(codeOf(refused)).toBe('invalid_request')
  })

  test.each(['', 'no such tag', 'x'.repeat(40), 'en_US'])(
    'the locale %j is refused',
    async locale =>
      expect(codeOf(await as(ada)('PUT', '/auth/profile', { locale }))).toBe('invalid_request'),
  )
})
