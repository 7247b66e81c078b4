import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { SignedIn } from './schema.js'

let environment: TestEnvironment
let stored: Stored
let game: Caller

beforeAll(async () => {
  const stack = inject('stack')
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
})
afterAll(() => stored.close())

const freshEmail = () => `${crypto.randomUUID()}@player.example`
let drawn = 0
const freshName = () => `Player ${++drawn}`

const register = (account: { email?: string; username?: string; password: string }) =>
  game('POST', '/auth/register', { email: freshEmail(), username: freshName(), ...account })
const login = (email: string, password: string) => game('POST', '/auth/login', { email, password })
const flawsOf = (body: unknown) => JSON.stringify(Object(body).errors)

const accepted = [
  ['64 letters', 'x'.repeat(64)],
  ['1024 characters', '😀x'.repeat(512)],
  ['spaces and emoji', '  🦊 a fox   jumps 🦊 '],
  ['small letters only', 'nothingbutletters'],
  ['digits only', '80427513966'],
] as const

test.each(accepted)('A9: accepts %s, exactly as typed', async (_what, given) => {
  const email = freshEmail()
  expect((await register({ email, password: given })).status).toBe(201)
  expect((await login(email, given)).status).toBe(200)
  expect((await login(email, given.slice(0, -1))).status).toBe(401)
})

test('A9: a composed é opens what a decomposed é locked', async () => {
  const email = freshEmail()
  await register({ email, password: 'cafe\u0301 au lait' })
  expect((await login(email, 'caf\u00e9 au lait')).status).toBe(200)
})

test('A9: the 73rd byte counts', async () => {
  const email = freshEmail()
  await register({ email, password: `${'a'.repeat(72)}b` })
  expect((await login(email, `${'a'.repeat(72)}c`)).status).toBe(401)
})

test.each([
  'seven77',
  'Password1',
  'qwertyuiop',
  '1q2w3e4r',
  'ＰＡＳＳＷＯＲＤ',
  '🦊🦊🦊',
  'dragon2024',
  'Sunshine99',
  'abcdefgh',
  '87654321',
  'xyxyxyxyxy',
  'blackhawks',
])('A9: refuses %s with a reason', async given => {
  const answer = await register({ password: given })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
  expect(flawsOf(answer.body)).toMatch(/"\/password","reason":"is /)
})

test('A9: refuses the e-mail, its first part and the username as a password', async () => {
  const email = `Longname.${crypto.randomUUID()}@player.example`
  const username = 'Robin of Loxley'
  for (const given of [email.toLowerCase(), email.split('@')[0] ?? '', username.toUpperCase()]) {
    const answer = await register({ email, username, password: given })
    expect(flawsOf(answer.body)).toContain('the name of the account')
  }
})

test('A9: refuses the name of the game, with a year behind it, too', async () => {
  const [row] = await stored.rows(
    'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
    environment.environmentId,
  )
  for (const given of [String(row?.name), `${String(row?.name).toUpperCase()}2026`]) {
    expect(flawsOf((await register({ password: given })).body)).toContain('the name of the game')
  }
})

test('A9: asks for as many characters as the studio wants, counted after NFKC', async () => {
  const strict = await freshEnvironment(inject('stack'))
  const studio = callerOf(strict.apiUrl, { authorization: `Bearer ${strict.memberToken}` })
  const path = `/studio/environments/${strict.environmentId}/settings/auth.registration`
  expect((await studio('PUT', path, { min_password_length: 15 })).status).toBe(200)
  const there = callerOf(strict.apiUrl, { 'x-api-key': strict.publishableKey })
  const attempt = (given: string) =>
    there('POST', '/auth/register', { email: freshEmail(), username: freshName(), password: given })
  expect(flawsOf((await attempt('only14 letters')).body)).toContain('is shorter than 15 characters')
  // Fourteen letters and an accent of their own: one character in the end.
  expect(flawsOf((await attempt('only14 lettere\u0301')).body)).toContain('is shorter than 15')
  expect((await attempt('fifteen letters')).status).toBe(201)
})

test('A10: refuses 1025 characters before anything is hashed', async () => {
  const answer = await register({ password: 'x'.repeat(1_025) })
  expect(codeOf(answer)).toBe('invalid_request')
  expect((await login('nobody@player.example', 'x'.repeat(5_000))).status).toBe(400)
})

test('stores argon2id with its parameters, never the password', async () => {
  const secret = 'a very particular password'
  const answer = await register({ password: secret })
  const [row] = await stored.rows(
    'SELECT password_hash, c::text AS text FROM password_credential c WHERE environment_id = $1 AND player_id = $2',
    environment.environmentId,
    SignedIn.parse(answer.body).user.id,
  )
  expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(row?.text).not.toContain(secret)
})

test('a hash that is cheaper than today is renewed at the sign-in, and never made cheaper again', async () => {
  const stack = inject('stack')
  const email = freshEmail()
  const given = 'a very particular password'
  const { user } = SignedIn.parse((await register({ email, password: given })).body)
  const stronger = await startAnotherApi(stack, { ARGON2_MEMORY_KIB: '32768' })
  const costOf = async () => {
    const [row] = await stored.rows(
      'SELECT split_part(password_hash, $2, 4) AS cost FROM password_credential WHERE player_id = $1',
      user.id,
      '$',
    )
    return row?.cost
  }
  const there = callerOf(stronger.url, { 'x-api-key': environment.publishableKey })
  const wrong = await there('POST', '/auth/login', { email, password: `${given}!` })
  expect([wrong.status, await costOf()]).toEqual([401, 'm=19456,t=2,p=1'])
  expect((await there('POST', '/auth/login', { email, password: given })).status).toBe(200)
  expect(await costOf()).toBe('m=32768,t=2,p=1')
  await stronger.close()
  expect((await login(email, given)).status).toBe(200)
  expect(await costOf()).toBe('m=32768,t=2,p=1')
})
