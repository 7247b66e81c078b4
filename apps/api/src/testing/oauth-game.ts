import { createHash, randomBytes } from 'node:crypto'
import type { Closable } from '@aethex/shared/lifecycle'
import {
  type Answer,
  freshEnvironment,
  type SharedStack,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { z } from 'zod'
import { startAnotherApi } from './another-api.js'
import { type Caller, callerOf } from './caller.js'
import { type CookieBrowser, openCookieBrowser } from './cookie-browser.js'
import { freePort } from './free-port.js'

export const homePage = 'https://game.example/signed-in'

/** A verifier and its challenge (RFC 7636). */
export function pkcePair() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** A sign-in that a game has begun. */
export interface BegunFlow {
  browser: CookieBrowser
  verifier: string
  authorizationUrl: string
  /** What the provider is asked: its own address with state, nonce and challenge. */
  providerUrl: URL
}

export const SignedInAnswer = z.object({
  user: z.object({
    id: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    username: z.string(),
  }),
  session: z.object({ access_token: z.string(), refresh_token: z.string() }),
})

/** A game with an environment of its own, on an API process that calls providers where a test has put them. */
export interface OauthGame extends Closable {
  apiUrl: string
  environment: TestEnvironment
  /** With the publishable key. */
  game: Caller
  /** As the studio's member. */
  studio: Caller
  setProvider(name: string, input: Record<string, unknown>): Promise<Answer>
  setSetting(name: string, value: unknown): Promise<Answer>
  /** Begins and lets a browser set out, up to the provider's door. */
  begin(path: string, wish?: Record<string, unknown>): Promise<BegunFlow>
  trade(code: string, verifier: string): Promise<Answer>
}

export async function openOauthGame(
  stack: SharedStack,
  env: Record<string, string> = {},
): Promise<OauthGame> {
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const api = await startAnotherApi(stack, { PORT: String(port), PUBLIC_URL: publicUrl, ...env })
  const environment = await freshEnvironment({ api_url: api.url, studio: stack.studio })
  const game = callerOf(api.url, { 'x-api-key': environment.publishableKey })
  const studio = callerOf(api.url, { authorization: `Bearer ${environment.memberToken}` })
  const at = `/studio/environments/${environment.environmentId}`
  const setSetting = (name: string, value: unknown) =>
    studio('PUT', `${at}/settings/${name}`, value)
  await setSetting('auth.redirects', { allowed: [homePage] })
  return {
    apiUrl: api.url,
    environment,
    game,
    studio,
    setSetting,
    setProvider: (name, input) => studio('PUT', `${at}/auth/providers/${name}`, input),
    async begin(path, wish = {}) {
      const { verifier, challenge } = pkcePair()
      const asked = { redirect_uri: homePage, code_challenge: challenge, ...wish }
      const answer = await game('POST', `/auth/oauth/${path}`, asked)
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      const { authorization_url } = Object(answer.body)
      const browser = openCookieBrowser()
      const { location } = await browser.load(authorization_url)
      if (location === undefined) throw new Error('the browser is sent nowhere')
      const providerUrl = new URL(location)
      return { browser, verifier, authorizationUrl: authorization_url, providerUrl }
    },
    trade: (code, verifier) => game('POST', '/auth/oauth/token', { code, code_verifier: verifier }),
    close: () => api.close(),
  }
}

/** The code that a redirect carries back to the game. */
export function codeIn(address: string | undefined): string {
  const code = address === undefined ? null : new URL(address).searchParams.get('code')
  if (code === null) throw new Error(`no code in ${address}`)
  return code
}
