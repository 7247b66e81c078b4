import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
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

const password = 'correct horse battery'
const freshEmail = () => `${crypto.randomUUID()}@player.example`
let drawn = 0
const freshName = () => `Player ${++drawn}`

const register = (account: { email?: string; password?: string; username?: string } = {}) =>
  game('POST', '/auth/register', {
    email: freshEmail(),
    password,
    username: freshName(),
    ...account,
  })
const login = (email: string, given = password) =>
  game('POST', '/auth/login', { email, password: given })
const flawsOf = (body: unknown) => JSON.stringify(Object(body).errors)

const aSession = {
  access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  refresh_token: expect.stringMatching(/^rt_/),
  token_type: 'Bearer',
  expires_in: 900,
}
const aDeviceToken = expect.stringMatching(/^dt_[\w-]{32}$/)
const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/

describe('registering and signing in', () => {
  test('register answers 201 with the new player and a session, to the letter', async () => {
    const email = freshEmail()
    const answer = await register({ email, username: 'Ada Lovelace' })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      user: {
        id: expect.stringMatching(uuidv7),
        email,
        email_verified: false,
        is_child: false,
        username: 'Ada Lovelace',
        avatar_url: null,
        created_at: expect.stringMatching(rfc3339),
      },
      session: aSession,
      device_token: aDeviceToken,
    })
  })

  test('login answers 200 with the same player and a session of its own', async () => {
    const email = freshEmail()
    const first = SignedIn.parse((await register({ email })).body)
    const answer = await login(email)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      user: first.user,
      session: aSession,
      device_token: aDeviceToken,
    })
    const second = SignedIn.parse(answer.body)
    expect(second.session.access_token).not.toBe(first.session.access_token)
    expect(second.session.refresh_token).not.toBe(first.session.refresh_token)
  })

  test('anonymous answers 201 the first time, and 200 with the same player after that', async () => {
    const device_secret = crypto.randomUUID() + crypto.randomUUID()
    const first = await game('POST', '/auth/anonymous', { device_secret })
    const second = await game('POST', '/auth/anonymous', { device_secret })
    expect([first.status, second.status]).toEqual([201, 200])
    expect(first.body).toEqual({
      user: {
        id: expect.stringMatching(uuidv7),
        email: null,
        email_verified: false,
        is_child: false,
        username: expect.stringMatching(/^guest-[0-9a-z]{7}$/),
        avatar_url: null,
        created_at: expect.stringMatching(rfc3339),
      },
      session: aSession,
    })
    expect(SignedIn.parse(second.body).user).toEqual(SignedIn.parse(first.body).user)
  })

  test('a device that signs in twenty times at once gets one player, made once', async () => {
    const device_secret = crypto.randomUUID() + crypto.randomUUID()
    const answers = await inParallel(20, () => game('POST', '/auth/anonymous', { device_secret }))
    expect(tally(answers)).toEqual({ 201: 1, 200: 19 })
    expect(new Set(answers.map(answer => SignedIn.parse(answer.body).user.id)).size).toBe(1)
  })

  test('A21: a device secret is refused when it is short, and is stored as a hash only', async () => {
    expect(codeOf(await game('POST', '/auth/anonymous', { device_secret: 'x'.repeat(31) }))).toBe(
      'invalid_request',
    )
    const device_secret = `device-${crypto.randomUUID()}${crypto.randomUUID()}`
    const answer = await game('POST', '/auth/anonymous', { device_secret })
    const [row] = await stored.rows(
      'SELECT d::text AS text FROM device_credential d WHERE environment_id = $1 AND player_id = $2',
      environment.environmentId,
      SignedIn.parse(answer.body).user.id,
    )
    const hex = Buffer.from(device_secret).toString('hex')
    expect(String(row?.text)).not.toMatch(new RegExp(`${device_secret}|${hex}`))
  })

  test('an account of one environment does not exist in another', async () => {
    const email = freshEmail()
    await register({ email })
    const elsewhere = await freshEnvironment(inject('stack'))
    const away = callerOf(elsewhere.apiUrl, { 'x-api-key': elsewhere.publishableKey })
    expect(codeOf(await away('POST', '/auth/login', { email, password }))).toBe(
      'invalid_credentials',
    )
    const again = { email, password, username: 'Somebody' }
    expect((await away('POST', '/auth/register', again)).status).toBe(201)
  })

  test('login answers a wrong password and an unknown e-mail alike', async () => {
    const email = freshEmail()
    await register({ email })
    const [wrong, unknown] = [await login(email, 'another password'), await login(freshEmail())]
    expect([wrong.status, codeOf(wrong)]).toEqual([401, 'invalid_credentials'])
    const told = ({ headers, body }: typeof wrong) => [
      [...headers.keys()].filter(name => name !== 'connection'),
      { ...Object(body), request_id: '' },
    ]
    expect(told(unknown)).toEqual(told(wrong))
  })

  test('B19: a session id that the client brings along is refused as an unknown field', async () => {
    const email = freshEmail()
    await register({ email })
    const answer = await game('POST', '/auth/login', { email, password, session_id: 'mine' })
    expect(flawsOf(answer.body)).toContain('/session_id')
  })
})

describe('names and addresses', () => {
  test('A12: fifty registrations of one e-mail at once make one account', async () => {
    const email = freshEmail()
    const answers = await inParallel(50, () => register({ email }))
    expect(tally(answers)).toEqual({ 201: 1, 409: 49 })
    const refusals = answers.filter(answer => answer.status === 409).map(codeOf)
    expect(new Set(refusals)).toEqual(new Set(['email_taken']))
    const rows = await stored.rows(
      'SELECT player_id FROM player_email WHERE environment_id = $1 AND email_key = $2',
      environment.environmentId,
      email,
    )
    expect(rows).toHaveLength(1)
  })

  test('A12: a taken username answers 409 and leaves no half of an account', async () => {
    const username = freshName()
    await register({ username })
    const email = freshEmail()
    expect(codeOf(await register({ email, username }))).toBe('username_taken')
    expect((await register({ email })).status).toBe(201)
  })

  test('A12: twenty registrations of one name at once make one account', async () => {
    const username = freshName()
    const answers = await inParallel(20, () => register({ username }))
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 })
    const rows = await stored.rows(
      'SELECT id FROM player WHERE environment_id = $1 AND username = $2',
      environment.environmentId,
      username,
    )
    expect(rows).toHaveLength(1)
  })

  test('A7: an e-mail is the same in any case of letters, and keeps the one it was given', async () => {
    const email = `Ada.${crypto.randomUUID()}@Player.Example`
    await register({ email })
    const upper = await login(email.toUpperCase())
    expect(SignedIn.parse(upper.body).user.email).toBe(email)
    expect(codeOf(await register({ email: email.toLowerCase() }))).toBe('email_taken')
  })

  test.each([' a@e.test', 'a@e.test ', 'a@e.test.', 'a@e.test\r\nBcc: b@e.test', 'a@e', '@e.test'])(
    'A7 A18: %j is no e-mail',
    async email => {
      const answers = [await register({ email }), await login(email)]
      for (const answer of answers) expect(codeOf(answer)).toBe('invalid_request')
    },
  )

  test.each([
    ['case', 'Captain Fish', 'cAPTAIN fISH'],
    ['a ligature', 'Big fish', 'Big ﬁsh'],
    ['a Kelvin sign', 'King Kong', '\u212aing \u212aong'],
    ['full-width letters', 'Wide One', 'Ｗｉｄｅ Ｏｎｅ'],
    ['a decomposed accent', 'Ren\u00e9', 'Rene\u0301'],
    ['a sharp s', 'Main Straße', 'main strasse'],
    ['a dotted capital I', 'İris', 'iris'],
    ['the number of spaces', 'Two Words', 'Two  Words'],
  ])('A13: two names that differ by %s are one name', async (_by, taken, alike) => {
    expect((await register({ username: taken })).status).toBe(201)
    expect(codeOf(await register({ username: alike }))).toBe('username_taken')
  })

  test.each([
    ['a zero-width space', 'Ad\u200bmin'],
    ['an invisible joiner', 'Ad\u034fmin'],
    ['an invisible filler', 'Ad\u3164min'],
    ['a variation selector', 'Admin\ufe0f'],
    ['a right-to-left override', 'nimdA\u202e'],
    ['a trailing space', 'Admin '],
    ['a leading space', ' Admin'],
    ['a line break', 'Ad\nmin'],
    ['a Cyrillic letter among Latin ones', '\u0410dmin'],
    ['a Greek letter among Latin ones', 'Adm\u03b9n'],
    ['markup', '<b>Admin</b>'],
    ['two characters', 'Al'],
    ['33 characters', 'x'.repeat(33)],
  ])('A13: refuses a name with %s', async (_what, username) => {
    const answer = await register({ username })
    expect(codeOf(answer)).toBe('invalid_request')
    expect(flawsOf(answer.body)).toContain('/username')
  })

  test.each([
    ['a hundred marks on one letter', `a${'\u0301'.repeat(100)}b`],
    ['five hundred marks on one letter', `a${'\u0301'.repeat(500)}b`],
    ['four marks on one letter', 'a\u0316\u0317\u0318\u0319b'],
    ['what normalises to more than 32 characters', 'abc\ufdfa\ufdfa'],
    ['ten thousand characters', 'x'.repeat(10_000)],
  ])('A14: refuses a name with %s', async (_what, username) => {
    const answer = await register({ username })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(flawsOf(answer.body)).toContain('/username')
  })

  test.each(['हिन्दी', '日本語の名', 'Ødegård', 'Žofie-2', 'محمد علي', 'o_O.o_O'])(
    'accepts %s as a name',
    async username => {
      const answer = await register({ username })
      expect(SignedIn.parse(answer.body).user.username).toBe(username.normalize('NFKC'))
    },
  )

  test.each(['a\0b', 'half \ud800 pair'])('A15: refuses %j in any text', async text => {
    const answers = [
      await register({ username: text }),
      await register({ password: `${text} is long` }),
      await register({ email: `${text}@e.test` }),
      await game('POST', '/auth/anonymous', { device_secret: `${text}${'x'.repeat(40)}` }),
    ]
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_text'])
    }
  })
})
