import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { mailAccountsOf, password } from '../../testing/mail-accounts.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let accounts: ReturnType<typeof mailAccountsOf>

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  accounts = mailAccountsOf(stack, environment)
})
afterAll(() => stored.close())

const renewed = 'a quite different phrase'
const forgot = (email: string, headers = {}) =>
  accounts.game('POST', '/auth/password/forgot', { email }, headers)
const reset = (code: string, given = renewed) =>
  accounts.game('POST', '/auth/password/reset', { code, password: given })

/** What a caller can tell one answer from another by. */
const told = ({ status, headers, body }: Awaited<ReturnType<typeof forgot>>) => ({
  status,
  headers: [...headers.keys()].filter(name => !['connection', 'ratelimit'].includes(name)).sort(),
  body: { ...Object(body), request_id: '' },
})

describe('asking for a new password', () => {
  test('A1: a known and an unknown address get the same status, headers and body', async () => {
    const { email } = await accounts.freshAccount()
    const [known, unknown] = [await forgot(email), await forgot(accounts.freshEmail())]
    expect(known.body).toEqual({ status: 'check_your_mail' })
    expect(told(unknown)).toEqual(told(known))
    expect(known.status).toBe(202)
  })

  test('A16: the link leads to the configured address, whatever Host or X-Forwarded-Host say', async () => {
    const { email, mailbox } = await accounts.freshAccount()
    await forgot(email, {
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.test',
      origin: new URL(stack.game_url).origin,
    })
    const { text, html } = await mailbox.next(/new password/)
    expect(text).toContain(`${stack.api_url}/auth/reset?env=${environment.environmentId}#code=`)
    expect(text + html).not.toContain('evil.test')
  })

  test('A letter goes to the address as its owner wrote it, and to nobody without an account', async () => {
    const { email, mailbox } = await accounts.freshAccount()
    const stranger = accounts.freshEmail()
    await forgot(stranger)
    await forgot(email.toUpperCase())
    expect((await mailbox.next(/new password/)).to).toEqual([email])
    expect(await accounts.mailboxOf(stranger).mails()).toEqual([])
  })

  test.each([
    'a@e.test\r\nBcc: x@e.test',
    'a@e.test,b@e.test',
    'a@e.test\nBcc:x@e.test',
    '<a@e.test>',
  ])('A18: %j is refused and no letter is made of it', async email =>
    expect(codeOf(await forgot(email))).toBe('invalid_request'),
  )
})

describe('setting a new password', () => {
  test('A17: it signs out everywhere, proves the address, tells it, and the old password is dead', async () => {
    const account = await accounts.freshAccount()
    const answer = await reset(await accounts.resetCodeOf(account))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user: { id: account.id, email_verified: true } })
    expect(codeOf(await account.as('GET', '/auth/profile'))).toBe('session_ended')
    expect(codeOf(await accounts.login(account.email))).toBe('invalid_credentials')
    expect((await accounts.login(account.email, renewed)).status).toBe(200)
    const notice = await account.mailbox.next(/was changed/)
    expect(notice.text).toContain(account.username)
  })

  test('A17: of twenty parallel redemptions of one code exactly one succeeds', async () => {
    const account = await accounts.freshAccount()
    const code = await accounts.resetCodeOf(account)
    const answers = await inParallel(20, index => reset(code, `a long new phrase ${index}`))
    expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
    const winner = answers.findIndex(answer => answer.status === 200)
    const refusals = answers.filter(answer => answer.status === 400)
    expect(new Set(refusals.map(codeOf))).toEqual(new Set(['code_invalid']))
    expect((await accounts.login(account.email, `a long new phrase ${winner}`)).status).toBe(200)
  })

  test('A17: a used, expired, replaced, made-up or foreign code is refused with the same text', async () => {
    const account = await accounts.freshAccount()
    const older = await accounts.resetCodeOf(account)
    const newer = await accounts.resetCodeOf(account, 2)
    const refusals = [await reset(older), await reset('A'.repeat(32)), await reset('x')]
    expect((await reset(newer)).status).toBe(200)
    refusals.push(await reset(newer))

    const late = await accounts.freshAccount()
    const expired = await accounts.resetCodeOf(late)
    await stored.rows(
      "UPDATE player_code SET expires_at = now() - interval '1 second' WHERE player_id = $1",
      late.id,
    )
    refusals.push(await reset(expired))

    const elsewhere = await freshEnvironment(stack)
    const away = mailAccountsOf(stack, elsewhere)
    const foreign = await away.resetCodeOf(await away.freshAccount())
    refusals.push(await reset(foreign))

    for (const refusal of refusals) expect(codeOf(refusal)).toBe('code_invalid')
    expect(new Set(refusals.map(({ body }) => Object(body).detail)).size).toBe(1)
  })

  test('A17: a code dies with a change of the password, and its hash alone is stored', async () => {
    const account = await accounts.freshAccount()
    const code = await accounts.resetCodeOf(account)
    const rows = await stored.rows(
      'SELECT c::text AS text, expires_at - now() AS left FROM player_code c WHERE player_id = $1',
      account.id,
    )
    const hex = Buffer.from(code).toString('hex')
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${code}|${hex}`))
    const changed = await account.as('POST', '/auth/password/change', {
      current_password: password,
      password: 'changed in between',
    })
    expect(changed.status).toBeLessThan(300)
    expect(codeOf(await reset(code))).toBe('code_invalid')
    expect((await accounts.login(account.email, 'changed in between')).status).toBe(200)
  })

  test('a code is good for half an hour', async () => {
    const account = await accounts.freshAccount()
    await accounts.resetCodeOf(account)
    const [row] = await stored.rows(
      'SELECT extract(epoch FROM expires_at - now())::int AS left FROM player_code WHERE player_id = $1',
      account.id,
    )
    expect(row?.left).toBeGreaterThan(1_700)
    expect(row?.left).toBeLessThanOrEqual(1_800)
  })

  test('a password that the account may not have is refused, and the code stays good', async () => {
    const account = await accounts.freshAccount()
    const code = await accounts.resetCodeOf(account)
    for (const given of ['short', account.email, account.username, 'password123']) {
      expect(codeOf(await reset(code, given)), given).toBe('invalid_request')
    }
    expect((await reset(code)).status).toBe(200)
  })

  test('A17: after the address was changed the code that went to the old one is dead', async () => {
    const account = await accounts.freshAccount()
    const code = await accounts.resetCodeOf(account)
    await stored.rows(
      'UPDATE player_email SET email = $2, email_key = $2 WHERE player_id = $1',
      account.id,
      accounts.freshEmail(),
    )
    expect(codeOf(await reset(code))).toBe('code_invalid')
  })
})

describe('A22: who registered an address that is not theirs', () => {
  test('A22: loses the account to the owner of the address, with all that they had linked to it', async () => {
    const account = await accounts.freshAccount()
    await stored.rows(
      `INSERT INTO player_identity (environment_id, provider, subject, player_id)
       VALUES ($1, 'google', $2, $3)`,
      environment.environmentId,
      crypto.randomUUID(),
      account.id,
    )
    const code = await accounts.resetCodeOf(account)
    expect((await reset(code)).status).toBe(200)
    const left = await stored.rows('SELECT 1 FROM player_identity WHERE player_id = $1', account.id)
    expect(left).toEqual([])
    expect(codeOf(await account.as('GET', '/auth/profile'))).toBe('session_ended')
  })

  test('but an owner who had proven the address keeps what they linked', async () => {
    const account = await accounts.freshAccount()
    await stored.rows(
      'UPDATE player_email SET verified_at = now() WHERE player_id = $1',
      account.id,
    )
    await stored.rows(
      `INSERT INTO player_identity (environment_id, provider, subject, player_id)
       VALUES ($1, 'google', $2, $3)`,
      environment.environmentId,
      crypto.randomUUID(),
      account.id,
    )
    expect((await reset(await accounts.resetCodeOf(account))).status).toBe(200)
    const left = await stored.rows('SELECT 1 FROM player_identity WHERE player_id = $1', account.id)
    expect(left).toHaveLength(1)
  })
})

test('a session of another environment or none at all cannot reset anything', async () => {
  const nobody = callerOf(environment.apiUrl)
  const answer = await nobody('POST', '/auth/password/reset', { code: 'x', password: renewed })
  expect(codeOf(answer)).toBe('credential_missing')
})
