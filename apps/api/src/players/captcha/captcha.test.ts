import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { leadingZeroBits } from './proof-of-work.js'

const stack = inject('stack')
let environment: TestEnvironment
let provider: Server
let asked: URLSearchParams[]
let api: Running
let game: Caller
let studio: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  asked = []
  // Answers as hCaptcha and Turnstile do: only one token is good, for one secret and one site.
  provider = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const form = new URLSearchParams(body)
      asked.push(form)
      const isKnown = (form.get('sitekey') ?? 'our-site') === 'our-site'
      const success =
        form.get('secret') === 'our-secret' && /^good/.test(form.get('response') ?? '') && isKnown
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ success, hostname: 'game.example' }))
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const { port } = provider.address() as AddressInfo
  const standIn = `http://127.0.0.1:${port}`
  api = await startAnotherApi(stack, {
    OAUTH_ENDPOINTS: `hcaptcha=${standIn},turnstile=${standIn}`,
  })
  game = callerOf(api.url, { 'x-api-key': environment.publishableKey })
  const bearer = { authorization: `Bearer ${environment.memberToken}` }
  studio = (method, path, json) =>
    callerOf(api.url, bearer)(
      method,
      `/studio/environments/${environment.environmentId}${path}`,
      json,
    )
})
afterAll(async () => {
  await api.close()
  provider.close()
})

const set = async (value: object) =>
  expect((await studio('PUT', '/settings/auth.captcha', value)).status).toBe(200)

const Asked = z.object({
  captcha: z.object({ provider: z.string(), challenge: z.string(), difficulty: z.int() }),
})

function solve({ challenge, difficulty }: z.output<typeof Asked>['captcha']): string {
  for (let n = 0; ; n++) {
    const solution = `${challenge}.${n}`
    const digest = createHash('sha256').update(solution).digest()
    if (leadingZeroBits(digest) >= difficulty) return solution
  }
}

const register = (captcha_token?: string) => {
  const id = crypto.randomUUID()
  const email = `${id}@player.example`
  const account = { email, password: 'correct horse battery', username: `P ${id.slice(0, 20)}` }
  return game('POST', '/auth/register', { ...account, captcha_token })
}

describe('a proof of work', () => {
  test('is asked for with what to solve, and lets one account be made', async () => {
    await set({ provider: 'proof_of_work', difficulty: 8 })
    const refused = await register()
    expect([refused.status, codeOf(refused)]).toEqual([403, 'captcha_required'])
    const token = solve(Asked.parse(refused.body).captcha)
    expect((await register(token)).status).toBe(201)
    expect(codeOf(await register(token))).toBe('captcha_invalid')
  })

  test('A20: of ten parallel registrations with one solution exactly one is made', async () => {
    const { captcha } = Asked.parse((await game('GET', '/auth/captcha')).body)
    const token = solve(captcha)
    expect(tally(await inParallel(10, () => register(token)))).toEqual({ 201: 1, 400: 9 })
  })

  test('A20: that is made up, too easy, or of another environment is refused', async () => {
    const other = await freshEnvironment(stack)
    const away = callerOf(api.url, { 'x-api-key': other.secretKey })
    const path = `/studio/environments/${other.environmentId}/settings/auth.captcha`
    await away('PUT', path, { provider: 'proof_of_work', difficulty: 8 })
    const foreign = Asked.parse(
      (await callerOf(api.url, { 'x-api-key': other.publishableKey })('GET', '/auth/captcha')).body,
    )
    const easy = Asked.parse((await game('GET', '/auth/captcha')).body).captcha
    await set({ provider: 'proof_of_work', difficulty: 9 })
    for (const token of ['x', solve(foreign.captcha), solve(easy)]) {
      expect(codeOf(await register(token))).toBe('captcha_invalid')
    }
  })

  test('guests pass without, unless the studio wants it otherwise', async () => {
    const guest = () =>
      game('POST', '/auth/anonymous', { device_secret: crypto.randomUUID() + crypto.randomUUID() })
    expect((await guest()).status).toBe(201)
    await set({ provider: 'proof_of_work', difficulty: 8, guests: true })
    expect(codeOf(await guest())).toBe('captcha_required')
  })
})

describe.each(['hcaptcha', 'turnstile'] as const)('%s', name => {
  test('A20: is asked once for every token, with the secret that nobody is shown again', async () => {
    await set({ provider: name, site_key: 'our-site' })
    const kept = await studio('PUT', '/auth/captcha-secret', { secret: 'our-secret' })
    expect(kept.status).toBe(204)
    expect(codeOf(await register('bad'))).toBe('captcha_invalid')
    const token = `good ${name}`
    expect((await register(token)).status).toBe(201)
    const before = asked.length
    expect(codeOf(await register(token))).toBe('captcha_invalid')
    expect(asked).toHaveLength(before)
    const shown = JSON.stringify((await game('GET', '/auth/captcha')).body)
    expect(shown).toContain('our-site')
    expect(shown).not.toContain('our-secret')
  })
})

test('a provider that does not answer lets nobody in', async () => {
  await set({ provider: 'turnstile', site_key: 'our-site' })
  provider.closeAllConnections()
  provider.close()
  const refused = await register('good but unheard')
  expect([refused.status, codeOf(refused)]).toEqual([503, 'unavailable'])
})
