import type { Running } from '@aethex/shared/lifecycle'
import { codeInMail, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { inParallel, tally } from '../../testing/caller.js'
import { mailAccountsOf } from '../../testing/mail-accounts.js'

// Two processes that cannot reach Redis: there nobody counts wrong codes, so no code is judged.
const stack = inject('stack')
let environment: TestEnvironment
let processes: Running[]

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  const env = { REDIS_URL: 'redis://127.0.0.1:9', SERVICES: 'players' }
  processes = await Promise.all([startAnotherApi(stack, env), startAnotherApi(stack, env)])
})
afterAll(async () => {
  for (const api of processes) await api.close()
})

test('A17: without Redis no code is judged or used up, and with it again one of twenty redemptions succeeds', async () => {
  const healthy = mailAccountsOf(stack, environment)
  const account = await healthy.freshAccount()
  await account.as('POST', '/auth/email/verify/request')
  const code = codeInMail(await account.mailbox.next(/Confirm your e-mail/))
  const games = processes.map(api => mailAccountsOf(stack, environment, api.url).game)
  const blind = await inParallel(4, index =>
    (games[index % 2] ?? healthy.game)('POST', '/auth/email/verify', { code }),
  )
  expect(blind.map(codeOf)).toEqual(blind.map(() => 'unavailable'))
  const answers = await inParallel(20, () => healthy.game('POST', '/auth/email/verify', { code }))
  expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
})

test('without Redis a new password can be asked for, and the letter arrives', async () => {
  const healthy = mailAccountsOf(stack, environment)
  const account = await healthy.freshAccount()
  const [api] = processes
  const { game } = mailAccountsOf(stack, environment, api?.url)
  const answer = await game('POST', '/auth/password/forgot', { email: account.email })
  expect(answer.status).toBe(202)
  await account.mailbox.next(/new password/)
})
