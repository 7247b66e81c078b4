import { openVault } from '@aethex/shared/auth'
import { openMailOutbox } from '@aethex/shared/mail'
import { codeInMail, codeOf, freshEnvironment, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { secretsOf, startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import {
  openPrivacyPlace,
  type PlacePlayer,
  type PrivacyPlace,
  within,
} from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { sendConfirmations } from './service.js'

const stack = inject('stack')
const hourMs = 3_600_000
let place: PrivacyPlace
let stored: Stored
let parent: Caller

beforeAll(async () => {
  place = await openPrivacyPlace(stack)
  await place.set('age.gate', { enabled: true })
  stored = openStored(stack)
  parent = callerOf(place.environment.apiUrl)
})
afterAll(() => stored.close())

const path = '/privacy/parental-consent'
const birth_date = `${new Date().getUTCFullYear() - 8}-01-01`

async function freshChild(country = 'DE'): Promise<PlacePlayer> {
  const player = await place.player()
  await player.as('POST', '/auth/age', { birth_date, country })
  return player
}

/** A child that has asked, the address of its parent, and what the letter carries. */
async function freshRequest(country?: string) {
  const child = await freshChild(country)
  const email = `${crypto.randomUUID()}@parent.example`
  const asked = await child.as('POST', `${path}/request`, { parent_email: email })
  expect([asked.status, asked.body]).toEqual([202, { requested: true }])
  const mailbox = mailboxAt(stack.mail_url, email)
  const letter = await mailbox.next(/asks for your consent/)
  return { child, email, mailbox, letter, code: codeInMail(letter) }
}

const give = (code: string, grants: object = {}, caller = parent) =>
  caller('POST', path, { code, grants, statement: true })

async function freshConsent(grants: object, country?: string) {
  const request = await freshRequest(country)
  const answer = await give(request.code, grants)
  expect(answer.status).toBe(200)
  return { ...request, token: String(Object(answer.body).parent_token) }
}

const permissionsOf = async ({ as }: PlacePlayer) =>
  Object((await as('GET', '/auth/permissions')).body).permissions

function letterParts(ahead = 0) {
  const vault = openVault(Buffer.from(secretsOf(stack).master_key, 'base64'))
  return {
    db: stored.db,
    vault,
    mail: openMailOutbox(vault),
    publicUrl: stack.api_url,
    now: () => new Date(Date.now() + ahead),
  }
}

describe('asking a parent', () => {
  test('sends a letter with a link, and keeps of the address only what is sealed', async () => {
    const { child, email, letter } = await freshRequest()
    expect(letter.text).toContain(`${stack.api_url}/parents#code=pc_`)
    const [row] = await stored.rows(
      'SELECT parent_email, code_hash, method FROM parental_consent WHERE player_id = $1',
      child.id,
    )
    expect(row).toMatchObject({ method: 'email_plus' })
    expect(JSON.stringify(Object(row).parent_email.toString('latin1'))).not.toContain(email)
    expect(letter.text).not.toContain(Object(row).code_hash.toString('base64url'))
  })

  test('tells the parent what is asked before they answer, and leaves the code good', async () => {
    const { child, code } = await freshRequest()
    const { user } = Object((await child.as('GET', '/auth/profile')).body)
    for (let look = 0; look < 2; look++) {
      expect((await parent('POST', `${path}/notice`, { code })).body).toMatchObject({
        child: { username: user.username },
        grants: expect.arrayContaining(['third_parties', 'chat']),
        policies: [],
      })
    }
    expect((await give(code)).status).toBe(200)
  })

  test('is for children, and for somebody else’s address', async () => {
    const grown = await place.player()
    await grown.as('POST', '/auth/age', { birth_date: '1980-01-01', country: 'DE' })
    const body = { parent_email: 'somebody@parent.example' }
    expect(codeOf(await grown.as('POST', `${path}/request`, body))).toBe('not_a_child')
    const child = await freshChild()
    const email = `${crypto.randomUUID()}@player.example`
    await stored.rows(
      'INSERT INTO player_email (environment_id, player_id, email, email_key) VALUES ($1, $2, $3, $3)',
      place.environment.environmentId,
      child.id,
      email,
    )
    const own = { parent_email: email.toUpperCase() }
    expect(codeOf(await child.as('POST', `${path}/request`, own))).toBe('invalid_request')
  })

  test('makes an earlier letter worthless, and stops at five a day', async () => {
    const { child, code } = await freshRequest()
    const other = `${crypto.randomUUID()}@parent.example`
    await child.as('POST', `${path}/request`, { parent_email: other })
    expect(codeOf(await give(code))).toBe('code_invalid')
    const answers = await inParallel(6, () =>
      child.as('POST', `${path}/request`, { parent_email: other }),
    )
    expect(tally(answers)).toEqual({ 202: 3, 429: 3 })
  })
})

describe('a parent’s consent', () => {
  test('allows what it names, and nothing else', async () => {
    const { child, code } = await freshRequest()
    const answer = await give(code, { analytics: true, chat: true })
    expect(answer.body).toMatchObject({
      consent: { grants: ['analytics', 'chat'], notice_version: 1, revoked_at: null },
      parent_token: expect.stringMatching(/^pt_/),
    })
    expect(await permissionsOf(child)).toEqual({
      chat: true,
      analytics: true,
      marketing: false,
      voice: false,
      third_parties: false,
    })
    const { as } = child
    const more = await as('PUT', '/privacy/consents', { third_parties: true })
    expect(codeOf(more)).toBe('parental_consent_required')
    expect((await as('PUT', '/privacy/consents', { analytics: false })).status).toBe(200)
    expect((await as('PUT', '/privacy/consents', { analytics: true })).status).toBe(200)
    expect(
      (await as('PUT', '/auth/profile', { username: `Kid ${child.id.slice(-12)}` })).status,
    ).toBe(200)
  })

  test('is kept as proof: by whom, how, when, under which notice', async () => {
    const { child, code } = await freshRequest()
    await give(
      code,
      { voice: true },
      callerOf(place.environment.apiUrl, { 'user-agent': 'Mail page' }),
    )
    const record = await place.studio('GET', `${place.path}/players/${child.id}/privacy`)
    expect(record.body).toMatchObject({
      is_child: true,
      parental_consents: [
        {
          method: 'email_plus',
          grants: ['voice'],
          network: expect.stringMatching(/^\d+\.\d+\.\d+\.0\/24$/),
          notice_version: 1,
        },
      ],
    })
    expect(Object(record.body).decisions).toContainEqual(
      expect.objectContaining({ purpose: 'voice', granted: true, source: 'parent' }),
    )
    const audited = await stored.rows(
      "SELECT details FROM audit_entry WHERE target = $1 AND action = 'privacy.parental_consent.give'",
      child.id,
    )
    expect(audited).toMatchObject([{ details: { grants: ['voice'] } }])
  })

  test('works once: of twenty that bring one code one is heard', async () => {
    const { code } = await freshRequest()
    const answers = await inParallel(20, () => give(code))
    const { 200: heard, 400: refused = 0, 503: busy = 0 } = tally(answers)
    // All wait for one row: on a busy machine some for longer than a request may wait for the database.
    expect([heard, refused + busy]).toEqual([1, 19])
    expect(codeOf(await give(code))).toBe('code_invalid')
  })

  test('needs the statement, a code that was sent, and no more than a week', async () => {
    const { code } = await freshRequest()
    const unstated = { code, grants: {}, statement: false }
    expect(codeOf(await parent('POST', path, unstated))).toBe('invalid_request')
    expect(codeOf(await give('pc_guessed'))).toBe('code_invalid')
    const week = await startAnotherApi(
      stack,
      {},
      { now: () => new Date(Date.now() + 169 * hourMs) },
    )
    try {
      expect(codeOf(await give(code, {}, callerOf(week.url)))).toBe('code_invalid')
    } finally {
      await week.close()
    }
    expect((await give(code)).status).toBe(200)
  })

  test('by letter is too weak for third parties where COPPA holds; the code stays good', async () => {
    const { child, code } = await freshRequest('US')
    const refused = await give(code, { analytics: true, third_parties: true })
    expect(codeOf(refused)).toBe('stronger_consent_required')
    expect((await give(code, { analytics: true })).status).toBe(200)
    expect(await permissionsOf(child)).toMatchObject({ analytics: true, third_parties: false })
  })

  test('is confirmed by a second letter a day later, once, which carries the way back', async () => {
    const { child, mailbox } = await freshConsent({ analytics: true })
    const { environmentId } = place.environment
    await sendConfirmations(letterParts(23 * hourMs), environmentId)
    expect((await mailbox.mails()).length).toBe(1)
    await inParallel(4, () => sendConfirmations(letterParts(25 * hourMs), environmentId))
    const letter = await mailbox.next(/Your consent/)
    await sendConfirmations(letterParts(26 * hourMs), environmentId)
    const revoked = await parent('POST', `${path}/revoke`, { parent_token: codeInMail(letter) })
    expect(revoked.body).toMatchObject({ consent: { revoked_at: expect.any(String) } })
    expect(await permissionsOf(child)).toMatchObject({ analytics: false })
    expect((await mailbox.mails()).length).toBe(2)
  })
})

describe('what a parent can do later', () => {
  test('look at what is kept of the child, and at what they allowed', async () => {
    const { child, token } = await freshConsent({ marketing: true })
    const answer = await parent('POST', `${path}/review`, { parent_token: token })
    expect(answer.body).toMatchObject({
      child: { id: child.id, email: null, country: 'DE' },
      consent: { grants: ['marketing'] },
      consents: { analytics: false, marketing: true, voice: false, third_parties: false },
    })
  })

  test('allow something else', async () => {
    const { child, token } = await freshConsent({ marketing: true })
    const change = { parent_token: token, grants: { third_parties: true, chat: true } }
    expect((await parent('PUT', `${path}/grants`, change)).status).toBe(200)
    expect(await permissionsOf(child)).toMatchObject({
      marketing: false,
      third_parties: true,
      chat: true,
    })
  })

  test('take it back: everything ends at once, and so does their address', async () => {
    const { child, token } = await freshConsent({ analytics: true, chat: true, voice: true })
    expect((await parent('POST', `${path}/revoke`, { parent_token: token })).status).toBe(200)
    expect((await parent('POST', `${path}/revoke`, { parent_token: token })).status).toBe(200)
    expect(Object.values(await permissionsOf(child))).not.toContain(true)
    const events = { events: [{ event_id: crypto.randomUUID(), name: 'a', time: new Date() }] }
    expect(codeOf(await child.as('POST', '/analytics/events', events))).toBe('consent_required')
    const change = { parent_token: token, grants: { chat: true } }
    expect(codeOf(await parent('PUT', `${path}/grants`, change))).toBe('code_invalid')
    const [row] = await stored.rows(
      'SELECT parent_email, confirm_due_at FROM parental_consent WHERE player_id = $1',
      child.id,
    )
    expect(row).toEqual({ parent_email: null, confirm_due_at: null })
  })

  test('have the account erased', async () => {
    const { child, token } = await freshConsent({})
    const asked = await parent('POST', `${path}/erase`, { parent_token: token })
    expect([asked.status, asked.body]).toEqual([202, { requested: true }])
    expect(
      await within(2_000, async () => (await child.as('GET', '/saves/me')).status === 401),
    ).toBe(true)
    const isGone = async () =>
      (await stored.rows('SELECT 1 FROM player WHERE id = $1', child.id)).length === 0
    expect(await within(20_000, isGone)).toBe(true)
    expect(codeOf(await parent('POST', `${path}/review`, { parent_token: token }))).toBe(
      'code_invalid',
    )
  })

  test('nothing any more once the child has grown up: the account is nobody else’s', async () => {
    const { child, token } = await freshConsent({ voice: true })
    const sql = "UPDATE player_age SET child_until = '2020-01-01' WHERE player_id = $1"
    await stored.rows(sql, child.id)
    for (const deed of ['review', 'revoke', 'erase']) {
      const answer = await parent('POST', `${path}/${deed}`, { parent_token: token })
      expect(codeOf(answer), deed).toBe('code_invalid')
    }
    const change = { parent_token: token, grants: { chat: true } }
    expect(codeOf(await parent('PUT', `${path}/grants`, change))).toBe('code_invalid')
    expect((await child.as('GET', '/auth/profile')).status).toBe(200)
  })

  test('only with their own token: a guess, a code and another’s child’s token open nothing', async () => {
    const [one, other] = [await freshConsent({}), await freshConsent({ voice: true })]
    for (const parent_token of ['pt_guess', one.code, other.child.id]) {
      expect(codeOf(await parent('POST', `${path}/review`, { parent_token }))).toBe('code_invalid')
    }
    await parent('POST', `${path}/revoke`, { parent_token: one.token })
    expect(await permissionsOf(other.child)).toMatchObject({ voice: true })
    const away = await freshEnvironment(stack)
    const stranger = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
    const record = `${place.path}/players/${other.child.id}/privacy`
    expect(codeOf(await stranger('GET', record))).toBe('not_found')
  })
})
