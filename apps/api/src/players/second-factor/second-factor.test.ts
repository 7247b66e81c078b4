import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { totpAt, wrongCodeAt } from '../../testing/authenticator-app.js'
import { inParallel, tally } from '../../testing/caller.js'
import { type FactorStage, openFactorStage } from '../../testing/factor-stage.js'
import { openStored, type Stored } from '../../testing/stored.js'

let stage: FactorStage
let stored: Stored

beforeAll(async () => {
  stored = openStored(inject('stack'))
  stage = await openFactorStage(inject('stack'))
})
afterAll(async () => {
  await stage.close()
  await stored.close()
})

const complete = (mfa_token: string, factor: object) =>
  stage.game('POST', '/auth/second-factor', { mfa_token, ...factor })

const statusOf = async (api: (method: string, path: string) => Promise<{ body: unknown }>) =>
  Object((await api('GET', '/auth/second-factor')).body).second_factor

describe('setting up', () => {
  test('an enrolment answers 201 with a secret, its URI and its QR code, and counts for nothing yet', async () => {
    const guest = await stage.guest()
    const answer = await guest.api('POST', '/auth/second-factor/totp')
    expect(answer.status).toBe(201)
    const { totp } = Object(answer.body)
    expect(totp).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining(`secret=${totp.secret}`),
      qr_svg: expect.stringMatching(/^<svg /),
    })
    expect(await statusOf(guest.api)).toEqual({
      totp: { enabled: false, confirmed_at: null },
      recovery_codes_left: 0,
      passkeys: 0,
    })
    expect((await stage.signIn(guest.deviceSecret)).status).toBe(200)
  })

  test('a first code turns it on and shows ten recovery codes; nothing of it is readable in the database', async () => {
    const guest = await stage.enrolledGuest()
    expect(guest.recoveryCodes).toHaveLength(10)
    expect(await statusOf(guest.api)).toEqual({
      totp: { enabled: true, confirmed_at: expect.any(String) },
      recovery_codes_left: 10,
      passkeys: 0,
    })
    const rows = await stored.rows(
      `SELECT encode(sealed_secret, 'escape') AS kept FROM player_totp WHERE player_id = $1
       UNION ALL SELECT encode(code_hash, 'escape') FROM player_recovery_code WHERE player_id = $1`,
      guest.id,
    )
    expect(rows).toHaveLength(11)
    const kept = JSON.stringify(rows)
    for (const secret of [guest.secret, ...guest.recoveryCodes]) expect(kept).not.toContain(secret)
  })

  test('the session that confirms has shown its second factor, and a refresh keeps it', async () => {
    const guest = await stage.enrolledGuest()
    const shown = () =>
      stored.rows(
        'SELECT second_factor_at, proved_at FROM player_session WHERE player_id = $1',
        guest.id,
      )
    const before = await shown()
    expect(before[0]?.second_factor_at).toBeInstanceOf(Date)
    await stage.game('POST', '/auth/refresh', { refresh_token: guest.refreshToken })
    expect(await shown()).toEqual(before)
  })

  test('a wrong first code leaves it off, and a new enrolment replaces the secret', async () => {
    const guest = await stage.guest()
    const enrol = async () =>
      Object((await guest.api('POST', '/auth/second-factor/totp')).body).totp.secret
    const confirm = (code: string) =>
      guest.api('POST', '/auth/second-factor/totp/confirm', { code })
    const first = await enrol()
    expect(codeOf(await confirm(wrongCodeAt(first, stage.now())))).toBe('second_factor_invalid')
    const second = await enrol()
    expect(codeOf(await confirm(totpAt(first, stage.now())))).toBe('second_factor_invalid')
    expect((await confirm(totpAt(second, stage.now()))).status).toBe(200)
    expect(codeOf(await confirm(stage.nextCode(second)))).toBe('second_factor_on')
    expect(codeOf(await guest.api('POST', '/auth/second-factor/totp'))).toBe('second_factor_on')
  })

  test('without an enrolment there is nothing to confirm, to disable or to prove', async () => {
    const guest = await stage.guest()
    const code = '123456'
    for (const path of [
      'second-factor/totp/confirm',
      'second-factor/totp/disable',
      'second-factor/recovery-codes',
      'reauthenticate',
    ]) {
      const answer = await guest.api('POST', `/auth/${path}`, { code })
      expect([answer.status, codeOf(answer)]).toEqual([409, 'second_factor_off'])
    }
  })

  test('one factor at a time: none, or two of them, are refused', async () => {
    const { api } = await stage.guest()
    const both = { code: '123456', recovery_code: '0000-0000-0000-0000' }
    for (const body of [{}, both]) {
      const answers = [
        await api('POST', '/auth/second-factor/totp/disable', body),
        await complete('mfa_x', body),
        await api('POST', '/auth/reauthenticate', body),
      ]
      expect(answers.map(codeOf)).toEqual(Array(3).fill('invalid_request'))
    }
  })
})

describe('signing in', () => {
  test('the first factor answers 403 with a token and the factors, and a code goes on to a session', async () => {
    const guest = await stage.enrolledGuest()
    const refused = await stage.signIn(guest.deviceSecret)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'second_factor_required'])
    const { mfa_token, factors } = Object(refused.body)
    expect(factors).toEqual(['totp', 'recovery_code'])
    const answer = await complete(mfa_token, { code: stage.nextCode(guest.secret) })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      user: { id: guest.id },
      session: { token_type: 'Bearer', access_token: expect.any(String) },
    })
    const rows = await stored.rows(
      `SELECT method FROM player_session WHERE player_id = $1 AND second_factor_at IS NOT NULL
       ORDER BY created_at`,
      guest.id,
    )
    expect(rows.map(row => row.method)).toEqual(['device', 'device'])
  })

  test('codes of the step before and of the step after count, those two steps away do not', async () => {
    const guest = await stage.enrolledGuest()
    // To the middle of a step, so that none begins between the making of a code and its use.
    stage.forward(120 + 15 - ((stage.now() / 1_000) % 30))
    for (const [offset, status] of [
      [-61, 401],
      [61, 401],
      [-30, 200],
      [30, 200],
    ] as const) {
      const code = totpAt(guest.secret, stage.now() + offset * 1_000)
      const answer = await complete(await stage.firstFactor(guest), { code })
      expect([offset, answer.status]).toEqual([offset, status])
    }
  })

  test('a code is good once: the code of the enrolment, a second use, and an older code are refused', async () => {
    const guest = await stage.enrolledGuest()
    const older = totpAt(guest.secret, stage.now())
    const again = async (code: string) => complete(await stage.firstFactor(guest), { code })
    expect(codeOf(await again(older))).toBe('second_factor_invalid')
    const code = stage.nextCode(guest.secret)
    expect((await again(code)).status).toBe(200)
    expect(codeOf(await again(code))).toBe('second_factor_invalid')
    expect(codeOf(await again(older))).toBe('second_factor_invalid')
  })

  test('of three sign-ins that use one code at once exactly one succeeds', async () => {
    const guest = await stage.enrolledGuest()
    const tokens = await inParallel(3, () => stage.firstFactor(guest))
    const code = stage.nextCode(guest.secret)
    const answers = await Promise.all(tokens.map(token => complete(token, { code })))
    expect(tally(answers)).toEqual({ 200: 1, 401: 2 })
  })

  test('of twenty that use one recovery code at once exactly one signs in, and the code is gone', async () => {
    const guest = await stage.enrolledGuest()
    const tokens = await inParallel(20, () => stage.firstFactor(guest))
    const [recovery_code = ''] = guest.recoveryCodes
    const answers = await Promise.all(tokens.map(token => complete(token, { recovery_code })))
    expect(tally(answers)[200]).toBe(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(['second_factor_invalid', 'rate_limited']).toContain(codeOf(answer))
    }
    stage.forward(901)
    const later = await complete(await stage.firstFactor(guest), { recovery_code })
    expect(codeOf(later)).toBe('second_factor_invalid')
    const api = (await signedInAgain(guest.deviceSecret, guest.recoveryCodes[1] ?? '')).api
    expect((await statusOf(api)).recovery_codes_left).toBe(8)
  })

  async function signedInAgain(deviceSecret: string, recovery_code: string) {
    const refused = await stage.signIn(deviceSecret)
    const answer = await complete(Object(refused.body).mfa_token, { recovery_code })
    const { session } = Object(answer.body)
    const headers = { authorization: `Bearer ${session.access_token}` }
    return {
      api: (method: string, path: string) => stage.game(method, path, undefined, headers),
    }
  }
})

describe('taking it away', () => {
  test('disabling takes a code, and after it the first factor is enough again', async () => {
    const guest = await stage.enrolledGuest()
    const disable = (proof: object) => guest.api('POST', '/auth/second-factor/totp/disable', proof)
    const wrong = wrongCodeAt(guest.secret, stage.now())
    expect(codeOf(await disable({ code: wrong }))).toBe('second_factor_invalid')
    expect((await disable({ code: stage.nextCode(guest.secret) })).status).toBe(204)
    expect((await stage.signIn(guest.deviceSecret)).status).toBe(200)
    expect((await statusOf(guest.api)).recovery_codes_left).toBe(0)
    const rows = await stored.rows(
      'SELECT 1 FROM player_recovery_code WHERE player_id = $1',
      guest.id,
    )
    expect(rows).toEqual([])
  })

  test('who has lost the app disables it with a recovery code', async () => {
    const guest = await stage.enrolledGuest()
    const [recovery_code] = guest.recoveryCodes
    const answer = await guest.api('POST', '/auth/second-factor/totp/disable', { recovery_code })
    expect(answer.status).toBe(204)
  })

  test('new recovery codes end the old ones', async () => {
    const guest = await stage.enrolledGuest()
    const code = stage.nextCode(guest.secret)
    const answer = await guest.api('POST', '/auth/second-factor/recovery-codes', { code })
    const fresh: string[] = Object(answer.body).recovery_codes
    expect(new Set([...fresh, ...guest.recoveryCodes]).size).toBe(20)
    const use = async (recovery_code: string | undefined) =>
      complete(await stage.firstFactor(guest), { recovery_code })
    expect(codeOf(await use(guest.recoveryCodes[3]))).toBe('second_factor_invalid')
    expect((await use(fresh[3]?.toUpperCase().replaceAll('-', ''))).status).toBe(200)
  })

  test('what was done is in the audit log, without a secret in it', async () => {
    const guest = await stage.enrolledGuest()
    await guest.api('POST', '/auth/second-factor/totp/disable', {
      code: stage.nextCode(guest.secret),
    })
    const rows = await stored.rows(
      'SELECT action, actor_kind, details FROM audit_entry WHERE actor_id = $1 ORDER BY id',
      guest.id,
    )
    expect(rows).toEqual([
      { action: 'second_factor.confirm', actor_kind: 'player', details: {} },
      { action: 'second_factor.disable', actor_kind: 'player', details: {} },
    ])
  })
})
