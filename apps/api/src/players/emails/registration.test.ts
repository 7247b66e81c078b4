import { codeInMail, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { mailAccountsOf, password } from '../../testing/mail-accounts.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { forgetOldPending } from '../auth/service.js'
import { Verified } from './schema.js'

// In these environments addresses are proven before there is an account.
const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let accounts: ReturnType<typeof mailAccountsOf>

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  accounts = mailAccountsOf(stack, environment)
  const studio = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const path = `/studio/environments/${environment.environmentId}/settings/auth.registration`
  expect((await studio('PUT', path, { mode: 'confirm_email' })).status).toBe(200)
})
afterAll(() => stored.close())

const register = (email: string, username = accounts.freshName(), given = password) =>
  accounts.game('POST', '/auth/register', { email, password: given, username })
const verify = (code: string) => accounts.game('POST', '/auth/email/verify', { code })
const codeFor = async (email: string, count = 1) =>
  codeInMail(await accounts.mailboxOf(email).next(/Confirm your e-mail/, count))

async function confirmed() {
  const [email, username] = [accounts.freshEmail(), accounts.freshName()]
  await register(email, username)
  const answer = await verify(await codeFor(email))
  return { email, username, answer }
}

const told = ({ status, headers, body }: Awaited<ReturnType<typeof register>>) => ({
  status,
  headers: [...headers.keys()].filter(name => !['connection', 'ratelimit'].includes(name)).sort(),
  body,
})

describe('registering where addresses are proven first', () => {
  test('register answers 202 and no session; the code of the letter makes the account and signs it in', async () => {
    const email = accounts.freshEmail()
    const asked = await register(email, 'Ada of the letters')
    expect([asked.status, asked.body]).toEqual([202, { status: 'check_your_mail' }])
    expect(codeOf(await accounts.login(email))).toBe('invalid_credentials')
    const answer = await verify(await codeFor(email))
    expect(answer.status).toBe(200)
    const { user, session } = Verified.parse(answer.body)
    expect(user).toMatchObject({ email, email_verified: true, username: 'Ada of the letters' })
    const own = callerOf(stack.api_url, {
      'x-api-key': environment.publishableKey,
      authorization: `Bearer ${session?.access_token}`,
    })
    expect((await own('GET', '/auth/profile')).status).toBe(200)
    expect((await accounts.login(email)).status).toBe(200)
  })

  test('A1: a taken and a free address get the same status, headers and body; the owner gets a letter', async () => {
    const { email } = await confirmed()
    const [taken, free] = [await register(email), await register(accounts.freshEmail())]
    expect(told(taken)).toEqual(told(free))
    expect(taken.status).toBe(202)
    const letter = await accounts.mailboxOf(email).next(/already have an account/)
    expect(letter.text).not.toMatch(/#code=/)
  })

  test('A1: what a name is held by does not tell of an address either', async () => {
    const { email } = await confirmed()
    const username = accounts.freshName()
    expect((await register(email, username)).status).toBe(202)
    expect((await register(accounts.freshEmail(), username)).status).toBe(202)
  })

  test('A12: twenty parallel redemptions of one registration make one account', async () => {
    const email = accounts.freshEmail()
    await register(email)
    const code = await codeFor(email)
    const answers = await inParallel(20, () => verify(code))
    expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
    const rows = await stored.rows('SELECT 1 FROM player_email WHERE email_key = $1', email)
    expect(rows).toHaveLength(1)
  })

  test('A22: somebody who registers an address that is not theirs holds up nobody', async () => {
    const email = accounts.freshEmail()
    await register(email, accounts.freshName(), 'the password of a thief')
    await codeFor(email)
    await register(email, 'The real owner')
    const own = codeInMail(await accounts.mailboxOf(email).next(/Confirm your e-mail/, 2))
    const { user } = Verified.parse((await verify(own)).body)
    expect(user.username).toBe('The real owner')
    expect(codeOf(await accounts.login(email, 'the password of a thief'))).toBe(
      'invalid_credentials',
    )
    expect((await accounts.login(email)).status).toBe(200)
  })

  test('A22: once one registration of an address is proven, the codes of the others are dead', async () => {
    const email = accounts.freshEmail()
    await register(email)
    const first = await codeFor(email)
    await register(email)
    const second = await codeFor(email, 2)
    expect((await verify(second)).status).toBe(200)
    expect(codeOf(await verify(first))).toBe('code_invalid')
  })

  test('a name that was taken meanwhile gets digits behind it', async () => {
    const [early, late] = [accounts.freshEmail(), accounts.freshEmail()]
    const username = 'Wanted by two'
    await register(early, username)
    await register(late, username)
    await verify(await codeFor(early))
    const { user } = Verified.parse((await verify(await codeFor(late))).body)
    expect(user.username).toMatch(/^Wanted by two-\d{4}$/)
    expect(codeOf(await register(accounts.freshEmail(), username))).toBe('username_taken')
  })

  test('an unproven registration is forgotten after seven days, and one of six days is not', async () => {
    const [old, young] = [accounts.freshEmail(), accounts.freshEmail()]
    await register(old)
    await register(young)
    const age = (email: string, days: number) =>
      stored.rows(
        `UPDATE pending_registration SET created_at = now() - interval '${days} days' WHERE email_key = $1`,
        email,
      )
    await age(old, 7)
    await age(young, 6)
    await forgetOldPending(stored.db)
    const left = await stored.rows(
      'SELECT email_key FROM pending_registration WHERE email_key = ANY($1)',
      [old, young],
    )
    expect(left).toEqual([{ email_key: young }])
  })

  test('the code of a registration is good for a day, and only in its environment', async () => {
    const email = accounts.freshEmail()
    await register(email)
    const code = await codeFor(email)
    const elsewhere = mailAccountsOf(stack, await freshEnvironment(stack))
    const foreign = await elsewhere.game('POST', '/auth/email/verify', { code })
    expect(codeOf(foreign)).toBe('code_invalid')
    await stored.rows(
      'UPDATE pending_registration SET expires_at = now() WHERE email_key = $1',
      email,
    )
    expect(codeOf(await verify(code))).toBe('code_invalid')
  })

  test('neither password nor code of a registration is kept readable', async () => {
    const email = accounts.freshEmail()
    await register(email)
    const code = await codeFor(email)
    const rows = await stored.rows(
      'SELECT p::text AS text FROM pending_registration p WHERE email_key = $1',
      email,
    )
    const hex = (text: string) => Buffer.from(text).toString('hex')
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toMatch(
      new RegExp([code, hex(code), password, hex(password)].join('|')),
    )
  })
})
