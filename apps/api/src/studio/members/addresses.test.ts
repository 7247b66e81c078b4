import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { asMember, codeInLetter, freshMember, type TestMember } from '../../testing/studio.js'

const stack = inject('stack')
const anyone = callerOf(stack.api_url)
let stored: Stored
let later: Running
let ahead = 0

beforeAll(async () => {
  stored = openStored(stack)
  later = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
})
afterAll(async () => {
  await later.close()
  await stored.close()
})

const verify = (code: string) => anyone('POST', '/studio/email/verify', { code })
const box = (address: string) => mailboxAt(stack.mail_url, address)
const newestCode = async (address: string, count = 1) =>
  codeInLetter(await box(address).next(/./, count))
const me = async ({ api }: Pick<TestMember, 'api'>) => Object((await api('GET', '/studio/me')).body)
const isVerified = async (member: TestMember) => (await me(member)).member.email_verified

describe('verifying', () => {
  test('the letter of the sign-up verifies the address', async () => {
    const member = await freshMember(stack.api_url)
    expect(await isVerified(member)).toBe(false)
    const answer = await verify(await newestCode(member.email))
    expect([answer.status, answer.body]).toEqual([204, undefined])
    expect(await isVerified(member)).toBe(true)
  })

  test('A17: of twenty parallel uses of one code one counts, and later ones none', async () => {
    const member = await freshMember(stack.api_url)
    const code = await newestCode(member.email)
    const answers = await inParallel(20, () => verify(code))
    expect(tally(answers)).toEqual({ 204: 1, 400: 19 })
    expect(codeOf(await verify(code))).toBe('code_invalid')
  })

  test('A17: a made-up, an expired and a used code are refused alike', async () => {
    const [used, expired] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    const code = await newestCode(used.email)
    await verify(code)
    const old = await newestCode(expired.email)
    ahead = 61 * 60_000
    const tooLate = await callerOf(later.url)('POST', '/studio/email/verify', { code: old })
    ahead = 0
    const refusals = [await verify(code), await verify('x'.repeat(32)), tooLate].map(answer => ({
      ...Object(answer.body),
      request_id: '',
    }))
    expect(refusals[0].code).toBe('code_invalid')
    expect(refusals).toEqual([refusals[0], refusals[0], refusals[0]])
    expect(await isVerified(expired)).toBe(false)
  })

  test('A19: an address gets three such letters an hour, and every request answers 202', async () => {
    const member = await freshMember(stack.api_url)
    const ask = () => member.api('POST', '/studio/email/verify/request')
    const answers = await inParallel(6, ask)
    expect(tally(answers)).toEqual({ 202: 6 })
    const rows = await stored.rows(
      'SELECT count(*) FROM mail_outbox WHERE recipient_key = $1',
      member.email,
    )
    expect(rows).toEqual([{ count: 3 }])
  })

  test('who is verified already gets no further letter', async () => {
    const member = await freshMember(stack.api_url)
    await verify(await newestCode(member.email))
    expect((await member.api('POST', '/studio/email/verify/request')).status).toBe(202)
    expect(await box(member.email).mails()).toHaveLength(1)
  })

  test('A17: the code is stored as a hash only', async () => {
    const member = await freshMember(stack.api_url)
    const code = await newestCode(member.email)
    const rows = await stored.rows(
      'SELECT c::text AS text FROM member_code c WHERE member_id = $1',
      member.id,
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(code)
  })
})

describe('changing the address', () => {
  const change = (member: TestMember, email: string) =>
    member.api('POST', '/studio/email/change', { email })
  const freshAddress = () => `${crypto.randomUUID()}@studio.example`

  test('A18: the account moves once the new address is verified, and the old one is told', async () => {
    const member = await freshMember(stack.api_url)
    const address = freshAddress()
    expect((await change(member, address)).status).toBe(202)
    expect((await me(member)).member.email).toBe(member.email)
    expect((await verify(await newestCode(address))).status).toBe(204)
    expect((await me(member)).member).toMatchObject({ email: address, email_verified: true })
    await box(member.email).next(/was asked for/)
    await box(member.email).next(/was changed/)
  })

  test('A18: it takes a fresh proof of who asks', async () => {
    const member = await freshMember(stack.api_url)
    await stored.rows(
      "UPDATE member_session SET proved_at = now() - interval '11 minutes' WHERE member_id = $1",
      member.id,
    )
    const answer = await change(member, freshAddress())
    expect([answer.status, codeOf(answer)]).toEqual([403, 'reauthentication_required'])
  })

  test('A18: a line break in the address is refused', async () => {
    const member = await freshMember(stack.api_url)
    for (const email of ['a@e.example\r\nBcc:x@e.example', 'a@e.example\nX', 'a b@e.example']) {
      expect(codeOf(await change(member, email))).toBe('invalid_request')
    }
  })

  test('an address that another member has is refused, also when they were faster', async () => {
    const [member, other] = [await freshMember(stack.api_url), await freshMember(stack.api_url)]
    expect(codeOf(await change(member, other.email.toUpperCase()))).toBe('email_taken')
    const address = freshAddress()
    await change(member, address)
    const code = await newestCode(address)
    await freshMember(stack.api_url, { email: address })
    expect(codeOf(await verify(code))).toBe('email_taken')
    expect((await me(member)).member.email).toBe(member.email)
  })

  test('A17: codes on their way to the old address open nothing any more', async () => {
    const member = await freshMember(stack.api_url)
    const old = await newestCode(member.email)
    const address = freshAddress()
    await change(member, address)
    await verify(await newestCode(address))
    expect(codeOf(await verify(old))).toBe('code_invalid')
  })
})

test('D7: a member changes nothing but their name', async () => {
  const member = await freshMember(stack.api_url)
  const change = (json: object) => member.api('PATCH', '/studio/me', json)
  for (const field of [
    { email: 'root@studio.example' },
    { email_verified: true },
    { id: crypto.randomUUID() },
    { role: 'owner' },
    { password_hash: 'x' },
    { created_at: '2020-01-01T00:00:00Z' },
  ]) {
    expect(codeOf(await change({ name: 'Ada', ...field }))).toBe('invalid_request')
  }
  expect((await me(member)).member.name).toBe('Grace')
  expect(Object((await change({ name: 'Ada' })).body).member.name).toBe('Ada')
  const stranger = asMember(stack.api_url, member.accessToken)
  expect((await me({ api: stranger })).member.name).toBe('Ada')
})
