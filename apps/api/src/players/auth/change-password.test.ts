import { statement } from '@aethex/shared/db'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { SignedIn } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
})
afterAll(() => stored.close())

const old = 'correct horse battery'
const fresh = 'staple the battery horse'

const game = () => callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })

const signedIn = (body: unknown) => {
  const { user, session, device_token = '' } = SignedIn.parse(body)
  const call = callerOf(stack.api_url, {
    'x-api-key': environment.publishableKey,
    authorization: `Bearer ${session.access_token}`,
  })
  return { id: user.id, call, refreshToken: session.refresh_token, deviceToken: device_token }
}

async function freshAccount() {
  const email = `${crypto.randomUUID()}@player.example`
  const body = { email, password: old, username: `P ${email.slice(0, 20)}` }
  return { email, ...signedIn((await game()('POST', '/auth/register', body)).body) }
}
const login = (email: string, password: string) =>
  game()('POST', '/auth/login', { email, password })

test('B17: a changed password ends all other sessions and keeps this one', async () => {
  const account = await freshAccount()
  const elsewhere = signedIn((await login(account.email, old)).body)
  const change = { current_password: old, password: fresh }
  const answer = await account.call('POST', '/auth/password/change', change)
  expect([answer.status, answer.body]).toEqual([204, undefined])
  expect((await account.call('GET', '/auth/profile')).status).toBe(200)
  expect(codeOf(await elsewhere.call('GET', '/auth/profile'))).toBe('session_ended')
  const refresh = { refresh_token: elsewhere.refreshToken }
  expect(codeOf(await game()('POST', '/auth/refresh', refresh))).toBe('session_ended')
  expect((await login(account.email, old)).status).toBe(401)
  expect((await login(account.email, fresh)).status).toBe(200)
})

test('B17: a sign-in that is under way while its password is replaced opens no session', async () => {
  const account = await freshAccount()
  const replace = statement<never>(
    '',
    'UPDATE password_credential SET updated_at = clock_timestamp() WHERE player_id = $1',
  )
  const waiting = `SELECT pid FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%password_credential%'`
  const { underWay } = await stored.db.transaction(async tx => {
    await tx.one(replace, [account.id])
    let hasAnswered = false
    const underWay = login(account.email, old).finally(() => {
      hasAnswered = true
    })
    await expect
      .poll(async () => hasAnswered || (await stored.rows(waiting)).length > 0, { timeout: 20_000 })
      .toBe(true)
    return { underWay }
  })
  const answer = await underWay
  expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_credentials'])
  const open = 'SELECT id FROM player_session WHERE player_id = $1 AND revoked_at IS NULL'
  expect(await stored.rows(open, account.id)).toHaveLength(1)
})

test('a changed password is told by letter, and other devices are no longer known', async () => {
  const account = await freshAccount()
  const elsewhere = signedIn((await login(account.email, old)).body)
  const change = { current_password: old, password: fresh }
  const headers = { 'x-device-token': account.deviceToken }
  expect((await account.call('POST', '/auth/password/change', change, headers)).status).toBe(204)
  const letters = await stored.rows(
    'SELECT template FROM mail_outbox WHERE environment_id = $1 AND recipient_key = $2',
    environment.environmentId,
    account.email,
  )
  expect(letters).toContainEqual({ template: 'password_changed' })
  const devices = await stored.rows(
    'SELECT encode(token_hash, $2) AS hash FROM player_known_device WHERE player_id = $1',
    account.id,
    'hex',
  )
  expect(devices).toHaveLength(1)
  expect(elsewhere.deviceToken).not.toBe(account.deviceToken)
})

test('the current password is needed, and guessing it is limited for its owner alone', async () => {
  const account = await freshAccount()
  const change = (current_password?: string) =>
    account.call('POST', '/auth/password/change', { current_password, password: fresh })
  const without = await change()
  expect(JSON.stringify(Object(without.body).errors)).toContain('/current_password')
  const answers = await inParallel(20, () => change('a wrong password'))
  expect(tally(answers)).toEqual({ 401: 10, 429: 10 })
  expect(codeOf(await change(old))).toBe('rate_limited')
  // Strangers cannot use that up, nor does it keep the owner from signing in.
  expect((await login(account.email, old)).status).toBe(200)
})

test.each([
  ['too short', 'seven77', 'is shorter than 8 characters'],
  ['well-known', 'Password2024', 'attackers try first'],
  ['1025 characters', 'x'.repeat(1_025), 'is longer than 1024'],
])(
  'A9: a new password that is %s is refused and nothing changes',
  async (_what, password, reason) => {
    const account = await freshAccount()
    const change = { current_password: old, password }
    const answer = await account.call('POST', '/auth/password/change', change)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(JSON.stringify(Object(answer.body).errors)).toContain(reason)
    expect((await login(account.email, old)).status).toBe(200)
  },
)

test('A9: a new password that is the name of the account or of the game is refused', async () => {
  const account = await freshAccount()
  const [row] = await stored.rows(
    'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
    environment.environmentId,
  )
  for (const password of [account.email.toUpperCase(), `${account.email}2024`, `${row?.name}`]) {
    const change = { current_password: old, password }
    const answer = await account.call('POST', '/auth/password/change', change)
    expect(JSON.stringify(Object(answer.body).errors)).toMatch(/"\/password","reason":"is the /)
  }
})

test('a guest without an e-mail has no password to set', async () => {
  const device_secret = crypto.randomUUID() + crypto.randomUUID()
  const guest = signedIn((await game()('POST', '/auth/anonymous', { device_secret })).body)
  const answer = await guest.call('POST', '/auth/password/change', { password: fresh })
  expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden'])
})

test('an account without a password sets one within ten minutes of its sign-in, and not later', async () => {
  const account = await freshAccount()
  const set = () => account.call('POST', '/auth/password/change', { password: fresh })
  await stored.rows('DELETE FROM password_credential WHERE player_id = $1', account.id)
  await stored.rows(
    "UPDATE player_session SET proved_at = now() - interval '11 minutes' WHERE player_id = $1",
    account.id,
  )
  const late = await set()
  expect([late.status, codeOf(late)]).toEqual([403, 'reauthentication_required'])
  await stored.rows('UPDATE player_session SET proved_at = now() WHERE player_id = $1', account.id)
  expect((await set()).status).toBe(204)
  expect((await login(account.email, fresh)).status).toBe(200)
})

test('of ten changes at once that know the old password all others end, and one new password holds', async () => {
  const account = await freshAccount()
  const wishes = Array.from({ length: 5 }, (_, index) => `${fresh} number ${index}`)
  const answers = await inParallel(5, index =>
    account.call('POST', '/auth/password/change', {
      current_password: old,
      password: wishes[index],
    }),
  )
  const { 204: changed = 0, 401: late = 0 } = tally(answers)
  expect([changed > 0, changed + late]).toEqual([true, 5])
  const opens = await Promise.all(
    wishes.map(async wish => (await login(account.email, wish)).status),
  )
  expect(opens.filter(status => status === 200)).toHaveLength(1)
})
