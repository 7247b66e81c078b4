import {
  codeInMail,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { mailAccountsOf } from '../../testing/mail-accounts.js'
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

type Account = Awaited<ReturnType<typeof accounts.freshAccount>>

const verify = (code: string) => accounts.game('POST', '/auth/email/verify', { code })

async function codeFor({ as, mailbox }: Account, count = 1) {
  expect((await as('POST', '/auth/email/verify/request')).status).toBe(202)
  return codeInMail(await mailbox.next(/Confirm your e-mail/, count))
}

describe('proving an address', () => {
  test('the code of the letter proves the address, and answers the player', async () => {
    const account = await accounts.freshAccount()
    const code = await codeFor(account)
    const answer = await verify(code)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      user: expect.objectContaining({ id: account.id, email: account.email, email_verified: true }),
    })
    expect((await account.as('GET', '/auth/profile')).body).toMatchObject({
      user: { email_verified: true },
    })
  })

  test('the letter links to the page below the configured address', async () => {
    const account = await accounts.freshAccount()
    await codeFor(account)
    const { text } = await account.mailbox.next(/Confirm your e-mail/)
    expect(text).toContain(`${stack.api_url}/auth/verify?env=${environment.environmentId}#code=`)
  })

  test('a proven address gets no further letter, and is told the same', async () => {
    const account = await accounts.freshAccount()
    await verify(await codeFor(account))
    const answer = await account.as('POST', '/auth/email/verify/request')
    expect([answer.status, answer.body]).toEqual([202, { status: 'check_your_mail' }])
    const rows = await stored.rows(
      "SELECT 1 FROM mail_outbox WHERE recipient_key = $1 AND template = 'verify_email'",
      account.email,
    )
    expect(rows).toHaveLength(1)
  })

  test('a guest without an address is told that there is none', async () => {
    const guest = await freshPlayer(environment)
    const as = callerOf(environment.apiUrl, guest.headers)
    const answer = await as('POST', '/auth/email/verify/request')
    expect([answer.status, codeOf(answer)]).toEqual([409, 'email_missing'])
  })

  test('A17: a code proves once under twenty parallel redemptions', async () => {
    const code = await codeFor(await accounts.freshAccount())
    const answers = await inParallel(20, () => verify(code))
    expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
  })

  test('A17: an earlier code, and one that was made for something else, proves nothing', async () => {
    const account = await accounts.freshAccount()
    const earlier = await codeFor(account)
    const later = await codeFor(account, 2)
    const reset = await accounts.resetCodeOf(account)
    for (const code of [earlier, reset]) expect(codeOf(await verify(code))).toBe('code_invalid')
    expect((await verify(later)).status).toBe(200)
  })

  test('A17: a code to prove is good for a day', async () => {
    const account = await accounts.freshAccount()
    const code = await codeFor(account)
    const move = (by: string) =>
      stored.rows(
        `UPDATE player_code SET expires_at = expires_at - interval '${by}' WHERE player_id = $1`,
        account.id,
      )
    await move('24 hours')
    expect(codeOf(await verify(code))).toBe('code_invalid')
    await move('-1 hour')
    expect((await verify(code)).status).toBe(200)
  })
})

describe('changing the address', () => {
  const change = ({ as }: Account, email: string) => as('POST', '/auth/email/change', { email })
  const confirm = ({ as }: Account, code: string) =>
    as('POST', '/auth/email/change/confirm', { code })
  const codeTo = async (email: string) =>
    codeInMail(await accounts.mailboxOf(email).next(/Confirm your new address/))

  test('A18: the new address gets the code, the old one is told, and the account signs in with the new', async () => {
    const account = await accounts.freshAccount()
    const next = accounts.freshEmail()
    const asked = await change(account, next)
    expect([asked.status, asked.body]).toEqual([202, { status: 'check_your_mail' }])
    const notice = await account.mailbox.next(/asked to change/)
    expect(notice.text).not.toContain(next)
    expect(notice.text).toContain(`${next[0]}…@player.example`)

    const done = await confirm(account, await codeTo(next))
    expect(done.body).toMatchObject({ user: { email: next, email_verified: true } })
    await account.mailbox.next(/address for .* was changed/)
    expect((await accounts.login(next)).status).toBe(200)
    expect(codeOf(await accounts.login(account.email))).toBe('invalid_credentials')
  })

  test('A18: without a fresh proof of who asks nothing is sent', async () => {
    const account = await accounts.freshAccount()
    await stored.rows(
      "UPDATE player_session SET proved_at = now() - interval '11 minutes' WHERE player_id = $1",
      account.id,
    )
    const next = accounts.freshEmail()
    const answer = await change(account, next)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'reauthentication_required'])
    expect(await accounts.mailboxOf(next).mails()).toEqual([])
  })

  test.each(['a@e.test\r\nBcc:x@e.test', 'a@e.test\u2028b', 'a b@e.test'])(
    'A18: %j is no address to change to',
    async email => {
      const account = await accounts.freshAccount()
      expect(codeOf(await change(account, email))).toBe('invalid_request')
    },
  )

  test('A17: the code of another account changes nothing, and stays good for its own', async () => {
    const [account, thief] = [await accounts.freshAccount(), await accounts.freshAccount()]
    const next = accounts.freshEmail()
    await change(account, next)
    const code = await codeTo(next)
    expect(codeOf(await confirm(thief, code))).toBe('code_invalid')
    expect((await confirm(account, code)).status).toBe(200)
    expect(codeOf(await confirm(account, code))).toBe('code_invalid')
  })

  test('an address that another account has is refused at the confirmation, and told of at no time before', async () => {
    const [account, other] = [await accounts.freshAccount(), await accounts.freshAccount()]
    const asked = await change(account, other.email)
    expect([asked.status, asked.body]).toEqual([202, { status: 'check_your_mail' }])
    const answer = await confirm(account, await codeTo(other.email))
    expect([answer.status, codeOf(answer)]).toEqual([409, 'email_taken'])
    expect((await accounts.login(account.email)).status).toBe(200)
  })

  test('the page of the letter may confirm without a session', async () => {
    const account = await accounts.freshAccount()
    const next = accounts.freshEmail()
    await change(account, next)
    const answer = await verify(await codeTo(next))
    expect(answer.body).toEqual({
      user: expect.objectContaining({ id: account.id, email: next, email_verified: true }),
    })
  })

  test('A17: a change that was asked for dies with a new password', async () => {
    const account = await accounts.freshAccount()
    const next = accounts.freshEmail()
    await change(account, next)
    const code = await codeTo(next)
    const reset = await accounts.resetCodeOf(account)
    await accounts.game('POST', '/auth/password/reset', { code: reset, password: 'a new long one' })
    expect(codeOf(await verify(code))).toBe('code_invalid')
  })

  test('a player asks for five changes an hour, no more', async () => {
    const account = await accounts.freshAccount()
    const answers = []
    for (let turn = 0; turn < 6; turn++) answers.push(await change(account, accounts.freshEmail()))
    expect(tally(answers)).toEqual({ 202: 5, 429: 1 })
  })

  test('a guest gets an address this way', async () => {
    const guest = await freshPlayer(environment)
    const as = callerOf(environment.apiUrl, guest.headers)
    const email = accounts.freshEmail()
    expect((await as('POST', '/auth/email/change', { email })).status).toBe(202)
    const answer = await as('POST', '/auth/email/change/confirm', { code: await codeTo(email) })
    expect(answer.body).toMatchObject({ user: { id: guest.id, email, email_verified: true } })
  })
})
