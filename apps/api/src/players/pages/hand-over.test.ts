import { createHash, randomBytes } from 'node:crypto'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let player: Awaited<ReturnType<typeof freshPlayer>>
/** The hosted page, where the player has signed in. */
let page: Caller
let game: Caller

const home = 'https://game.example/back'
const loopback = 'http://127.0.0.1:5173/signed-in'

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  player = await freshPlayer(environment)
  page = callerOf(environment.apiUrl, player.headers)
  game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
  const studio = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
  const redirects = `/studio/environments/${environment.environmentId}/settings/auth.redirects`
  expect((await studio('PUT', redirects, { allowed: [home, loopback] })).status).toBe(200)
})
afterAll(() => stored.close())

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

const handOver = (by: Caller, verifier: string, redirect_uri = home) =>
  by('POST', '/auth/hand-over', { redirect_uri, code_challenge: challengeOf(verifier) })

async function handedOver() {
  const verifier = randomBytes(32).toString('base64url')
  const { location } = z
    .object({ location: z.string() })
    .parse((await handOver(page, verifier)).body)
  return { verifier, code: new URL(location).searchParams.get('code') }
}

const take = (code: string | null, code_verifier: string, by = game) =>
  by('POST', '/auth/hand-over/token', { code, code_verifier })

test('the game gets a session of its own, which has proven what that of the page had', async () => {
  const { verifier, code } = await handedOver()
  const answer = await take(code, verifier)
  expect(answer).toMatchObject({ status: 200, body: { user: { id: player.id } } })
  const sessions = await page('GET', '/auth/sessions')
  const Sessions = z.object({ items: z.array(z.object({ method: z.string() })) })
  expect(Sessions.parse(sessions.body).items.map(({ method }) => method)).toContain('hosted')
  const proofs = await stored.rows(
    'SELECT DISTINCT proved_at FROM player_session WHERE player_id = $1',
    player.id,
  )
  expect(proofs).toHaveLength(1)
})

test('C2: a code is for the verifier of its challenge, and worth one try', async () => {
  const { verifier, code } = await handedOver()
  const wrong = await take(code, randomBytes(32).toString('base64url'))
  expect([wrong.status, codeOf(wrong)]).toEqual([400, 'sign_in_code_invalid'])
  expect(codeOf(await take(code, verifier))).toBe('sign_in_code_invalid')
})

test('C4: of twenty tries at one code one signs in, and in another environment none', async () => {
  const away = await freshEnvironment(stack)
  const stranger = callerOf(away.apiUrl, { 'x-api-key': away.publishableKey })
  const { verifier, code } = await handedOver()
  expect(codeOf(await take(code, verifier, stranger))).toBe('sign_in_code_invalid')
  const answers = await inParallel(20, () => take(code, verifier))
  expect(tally(answers)).toEqual({ 200: 1, 400: 19 })
})

test('C6, C7: it leads to allowed addresses only, one on this machine among them', async () => {
  const verifier = randomBytes(32).toString('base64url')
  for (const address of [home, loopback, 'http://[::1]:4242/callback']) {
    expect((await handOver(page, verifier, address)).status).toBe(200)
  }
  for (const address of ['https://evil.example/back', `${home}/`, 'http://127.0.0.1:4242/other']) {
    expect(codeOf(await handOver(page, verifier, address))).toBe('redirect_not_allowed')
  }
})

test('a session that was not proven lately, or has ended since, hands nothing over', async () => {
  const other = await freshPlayer(environment)
  const api = callerOf(environment.apiUrl, other.headers)
  const verifier = randomBytes(32).toString('base64url')
  const { location } = z
    .object({ location: z.string() })
    .parse((await handOver(api, verifier)).body)
  const age =
    "UPDATE player_session SET proved_at = now() - interval '11 minutes' WHERE player_id = $1"
  await stored.rows(age, other.id)
  expect(codeOf(await handOver(api, verifier))).toBe('reauthentication_required')
  expect((await api('POST', '/auth/logout')).status).toBe(204)
  const late = await take(new URL(location).searchParams.get('code'), verifier)
  expect([late.status, codeOf(late)]).toEqual([401, 'session_ended'])
})
