import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { inParallel, tally } from '../../testing/caller.js'
import { mailAccountsOf } from '../../testing/mail-accounts.js'

// Two processes that cannot reach Redis: what a code is worth is kept in PostgreSQL.
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

test('A17: without Redis one of twenty parallel redemptions at two processes succeeds', async () => {
  const healthy = mailAccountsOf(stack, environment)
  const account = await healthy.freshAccount()
  const code = await healthy.resetCodeOf(account)
  const games = processes.map(api => mailAccountsOf(stack, environment, api.url).game)
  const answers = await inParallel(20, index => {
    const game = games[index % 2] ?? healthy.game
    return game('POST', '/auth/password/reset', { code, password: `another long one ${index}` })
  })
  expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
  expect(codeOf(await healthy.login(account.email))).toBe('invalid_credentials')
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
