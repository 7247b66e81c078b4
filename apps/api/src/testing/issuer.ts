import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Closable } from '@aethex/shared/lifecycle'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import type { CookieBrowser } from './cookie-browser.js'
import { freePort } from './free-port.js'

/** A real OpenID Connect issuer, at which everybody may sign in under any name. */
export interface Issuer extends Closable {
  url: string
  client: { id: string; secret: string }
  /** Walks through the issuer's own pages as a person does, until they lead to another host. */
  signIn(browser: CookieBrowser, url: string, login: string): Promise<string>
}

const claimsOf = (login: string) => ({
  sub: login,
  name: login,
  email: `${login}@issuer.example`,
  email_verified: true,
})

async function walk(browser: CookieBrowser, from: string, login: string): Promise<string> {
  const home = new URL(from).host
  let at = from
  for (let steps = 0; steps < 12; steps++) {
    if (new URL(at).host !== home) return at
    const page = await browser.load(at)
    if (page.location !== undefined) {
      at = page.location
      continue
    }
    // The development pages ask for a login, then for consent; both are one form with a hidden `prompt`.
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1]
    if (action === undefined || prompt === undefined) {
      throw new Error(`the issuer answered ${page.status}: ${page.text.slice(0, 300)}`)
    }
    const body = new URLSearchParams({ prompt, login, password: 'any' })
    const sent = await browser.load(new URL(action, at).href, { method: 'POST', body })
    at = sent.location ?? at
  }
  throw new Error('the issuer leads in circles')
}

/** Starts an issuer whose one client may come back to `callback`. */
export async function startIssuer(callback: string): Promise<Issuer> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'first', use: 'sig', alg: 'RS256' }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const client = { id: 'the-game', secret: 'a secret between the game and its issuer' }
  const provider = new Provider(url, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [callback],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key for the cookies of a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // The ID token carries the claims itself, as those of the large providers do.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: true } },
    findAccount: (_ctx, login) => ({ accountId: login, claims: () => claimsOf(login) }),
  })
  provider.on('server_error', (_ctx, error) => console.error(error))
  const server = createServer(provider.callback()).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url,
    client,
    signIn: walk,
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
