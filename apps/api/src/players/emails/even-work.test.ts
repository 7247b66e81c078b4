import type { Running } from '@aethex/shared/lifecycle'
import { freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { mailAccountsOf, password } from '../../testing/mail-accounts.js'
import { openStatementTap, type StatementTap } from '../../testing/statement-tap.js'
import { openStored, type Stored } from '../../testing/stored.js'

// Who measures time measures work: here the work itself is compared, statement by statement. The process has neither
// a mail server nor Redis, so that no job by the clock is among it.
const stack = inject('stack')
let tap: StatementTap
let api: Running
let stored: Stored

beforeAll(async () => {
  tap = await openStatementTap(stack.app_database_url)
  api = await startAnotherApi(stack, {
    DATABASE_URL: tap.url,
    REDIS_URL: 'redis://127.0.0.1:9',
    SERVICES: 'players',
  })
  stored = openStored(stack)
})
afterAll(async () => {
  await api.close()
  await Promise.all([tap.close(), stored.close()])
})

async function inAnEnvironment(mode: 'instant' | 'confirm_email') {
  const environment = await freshEnvironment(stack)
  const accounts = mailAccountsOf(stack, environment, api.url)
  const known = await accounts.freshAccount()
  const studio = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const setting = `/studio/environments/${environment.environmentId}/settings/auth.registration`
  expect((await studio('PUT', setting, { mode })).status).toBe(200)
  return { accounts, known, environment }
}

test('A2: asking for a new password is the same work for an address with an account and for one without', async () => {
  const { accounts, known } = await inAnEnvironment('instant')
  const forgot = (email: string) => () => accounts.game('POST', '/auth/password/forgot', { email })
  await forgot(accounts.freshEmail())()
  const forKnown = await tap.during(forgot(known.email))
  const forUnknown = await tap.during(forgot(accounts.freshEmail()))
  expect(forKnown).toContain('mail.insert')
  expect(forUnknown).toEqual(forKnown)
})

test('A2: registering where addresses are proven first is the same work for a taken address and a free one', async () => {
  const { accounts, known, environment } = await inAnEnvironment('confirm_email')
  const register = (email: string) => () =>
    accounts.game('POST', '/auth/register', { email, password, username: accounts.freshName() })
  await register(accounts.freshEmail())()
  const forTaken = await tap.during(register(known.email))
  const forFree = await tap.during(register(accounts.freshEmail()))
  expect(forTaken).toContain('pending.insert')
  expect(forFree).toEqual(forTaken)
  const rows = await stored.rows(
    `SELECT count(*)::int AS count, count(DISTINCT octet_length(sealed))::int AS sizes FROM mail_outbox
     WHERE environment_id = $1`,
    environment.environmentId,
  )
  expect(rows).toEqual([{ count: 3, sizes: 1 }])
})
