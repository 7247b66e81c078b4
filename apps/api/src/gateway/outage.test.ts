import type { Running } from '@aethex/shared/lifecycle'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { wingsOf } from '../services.js'
import { startAnotherApi } from '../testing/another-api.js'
import { anyRequest } from '../testing/any-request.js'
import { type BreakableLink, openBreakableLink } from '../testing/breakable-link.js'

const stack = inject('stack')
const routes = wingsOf(['all']).flatMap(wing => wing.routes)
let environment: TestEnvironment
let player: TestPlayer
let link: BreakableLink
let api: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  player = await freshPlayer(environment)
  link = await openBreakableLink(stack.database_url)
  api = await startAnotherApi(stack, { DATABASE_URL: link.url })
})
afterAll(async () => {
  await api.close()
  await link.close()
})

const profile = () => call('GET', `${api.url}/api/v1/auth/profile`, player)

describe('E15: without the database', () => {
  beforeAll(async () => {
    expect((await profile()).status).toBe(200)
    link.cut()
  })

  // What is the same for everybody, what is refused by its type, its name or its signature, and what lies in Redis or S3.
  const needsNothing = new Set([
    'device.deny',
    'device.describe',
    'device.token',
    'erasures.keys',
    'erasures.recheck',
    'members.passkeys.login_options',
    'members.passkeys.register',
    'members.second_factor.complete',
    'oauth.begin',
    'oauth.callback',
    'oauth.callback_form',
    'oauth.token',
    'pages.asset',
    'pages.show',
    'profiles.avatar_image',
    'privacy.parental_consent.page',
    'second_factor.complete',
    'billing.tiers',
    'billing.stripe_webhook',
  ])
  const isProof = (id: string) => id.endsWith('.refresh') || id === 'pages.take_over'
  const asked = routes.filter(({ id }) => !needsNothing.has(id))
  test.each(asked.map(route => [route.id, route] as const))(
    '%s says so, says when to come back, and tells nothing of its insides',
    async (_id, route) => {
      const [method, path, sent] = anyRequest(route, { environment, player })
      const answer = await call(method, api.url + path, sent)
      // What is no refresh token and no code, as Redis knows, needs no database to be refused.
      if (isProof(route.id)) expect(codeOf(answer)).toMatch(/_invalid$|^unavailable$/)
      else expect([answer.status, codeOf(answer)]).toEqual([503, 'unavailable'])
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toBe('1')
    },
  )

  test('/livez stays live, and /readyz asks for no traffic', async () => {
    expect((await call('GET', `${api.url}/livez`)).status).toBe(200)
    const answer = await call('GET', `${api.url}/readyz`)
    expect([answer.status, answer.body]).toMatchObject([
      503,
      { status: 'unready', parts: { database: { ok: false } } },
    ])
  })

  test('it heals by itself when the database is back', async () => {
    await link.mend()
    await expect.poll(async () => (await profile()).status, { timeout: 10_000 }).toBe(200)
    expect((await call('GET', `${api.url}/readyz`)).status).toBe(200)
  })
})
