import { AeThexError } from '../core/error.js'
import type { Http } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { User } from '../core/session-store.js'
import type { Store } from '../core/storage.js'
import { mintSecret } from '../core/uuid.js'
import { type DeviceCodeOptions, waitForDevice } from './oauth-device.js'
import type { Loopback } from './oauth-loopback.js'
import { openPopup } from './oauth-popup.js'

/** `oidc:<slug>` is an OpenID Connect provider of the studio's own. */
export type OAuthProvider = 'google' | 'github' | 'discord' | `oidc:${string}`

export interface OAuthOptions {
  /**
   * `popup` opens a window, and has to be called from a click. `redirect` leaves the page: the call does not come
   * back, and the page that `redirectUri` names calls `completeOAuthRedirect`. `popup` unless there is a `loopback`.
   */
  mode?: 'popup' | 'redirect'
  /** One of the addresses that the studio allows; this page's own, without its query, unless said. */
  redirectUri?: string
  /** For games without a browser: `createLoopback({ createServer, openBrowser })`. */
  loopback?: Loopback
}

/** Signing in with an account elsewhere. */
export interface OAuth {
  /**
   * Signs in with a provider. Errors: `popup_blocked`, `cancelled`, `sign_in_denied`, `redirect_not_allowed`,
   * `not_found` (the game has not set it up), `provider_timeout` …
   */
  loginOAuth(provider: OAuthProvider, options?: OAuthOptions): Promise<Result<{ user: User }>>
  /** To be called when a page loads: finishes a sign-in that has come back. `user` is null when none has. */
  completeOAuthRedirect(): Promise<Result<{ user: User | null }>>
  /** Signs in with an ID token of a native sign-in; `nonce` when the provider was given one. Errors: `identity_token_invalid`. */
  loginWithIdToken(
    provider: OAuthProvider,
    idToken: string,
    nonce?: string,
  ): Promise<Result<{ user: User }>>
  /** Signs in with an access token that GitHub or Discord made for this game. Errors: `identity_token_invalid`. */
  loginWithAccessToken(
    provider: 'github' | 'discord',
    accessToken: string,
  ): Promise<Result<{ user: User }>>
  /** Signs in with a token that the studio's own servers have signed. Errors: `identity_token_invalid`. */
  loginCustom(token: string): Promise<Result<{ user: User }>>
  /** Signs in once the player has said yes on another device. Errors: `sign_in_denied`, `device_code_expired`, `cancelled`. */
  loginDeviceCode(options: DeviceCodeOptions): Promise<Result<{ user: User }>>
  /** Says yes to the device that shows this code: it will be signed in as the player. Errors: `code_invalid`. */
  approveDevice(userCode: string): Promise<Result>
  /** Turns the device that shows this code away. Errors: `code_invalid`. */
  denyDevice(userCode: string): Promise<Result>
  /** Which device shows this code; show it before you ask for a yes. Errors: `code_invalid`. */
  describeDevice(
    userCode: string,
  ): Promise<Result<{ device: { device_name: string | null; expires_in: number } }>>
}

interface OAuthParts {
  http: Http
  session: Session
  store: Store
  /** Trades what the body carries for a session, below `/auth/`. */
  signIn(route: string, body: object): Promise<{ user: User }>
}

/** A sign-in under way: the secret half of its challenge, and what must come back with the code. */
interface Pending {
  verifier: string
  state: string
}

const name = 'oauth'

const routeOf = (provider: OAuthProvider) =>
  `oauth/${provider.startsWith('oidc:') ? `oidc/${encodeURIComponent(provider.slice(5))}` : provider}`

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const thisPage = () => {
  if (typeof location !== 'undefined') return location.origin + location.pathname
  throw new AeThexError('invalid_request', 'Without a page, say loopback: createLoopback(…).')
}

export function createOAuth({ http, session, store, signIn }: OAuthParts): OAuth {
  const trade = (code: string, verifier: string) =>
    signIn('oauth/token', { code, code_verifier: verifier })

  async function begin(provider: OAuthProvider, mode: string, redirectUri: string, flow: Pending) {
    const { authorization_url } = await http.request<{ authorization_url: string }>({
      method: 'POST',
      path: `/auth/${routeOf(provider)}`,
      body: {
        redirect_uri: redirectUri,
        mode,
        code_challenge: await challengeOf(flow.verifier),
        state: flow.state,
      },
      repeatable: true,
    })
    return authorization_url
  }

  // Some providers cut a popup off from its page: then it comes back by redirect, and finds this.
  const remember = (flow: Pending | null) => store.write(name, flow && JSON.stringify(flow))

  async function byPopup(provider: OAuthProvider, redirectUri: string | undefined, flow: Pending) {
    const popup = openPopup()
    try {
      remember(flow)
      const url = await begin(provider, 'popup', redirectUri ?? thisPage(), flow)
      const code = await popup.receive(url, flow.state)
      remember(null)
      return await trade(code, flow.verifier)
    } finally {
      popup.close()
    }
  }

  async function byRedirect(
    provider: OAuthProvider,
    redirectUri: string | undefined,
    flow: Pending,
  ) {
    const url = await begin(provider, 'redirect', redirectUri ?? thisPage(), flow)
    remember(flow)
    location.assign(url)
    return new Promise<never>(() => {})
  }

  async function byLoopback(provider: OAuthProvider, loopback: Loopback, flow: Pending) {
    const code = await loopback.receive(
      redirectUri => begin(provider, 'loopback', redirectUri, flow),
      flow.state,
    )
    return trade(code, flow.verifier)
  }

  /** Takes code and state out of the page's address, so that neither a reload nor the history has them. */
  function takeFromAddress() {
    if (typeof location === 'undefined') return undefined
    const url = new URL(location.href)
    const [code, state] = [url.searchParams.get('code'), url.searchParams.get('state')]
    const kept = store.read(name)
    if (code === null || state === null || kept === null) return undefined
    const flow: Pending = JSON.parse(kept)
    // Somebody else's link must neither sign in here nor end the sign-in that is under way.
    if (flow.state !== state) return undefined
    remember(null)
    url.searchParams.delete('code')
    url.searchParams.delete('state')
    history.replaceState(history.state, '', url)
    return { code, verifier: flow.verifier }
  }

  const decide = (decision: string) => (userCode: string) =>
    attempt(async () => {
      const body = { user_code: userCode }
      await session.request({ method: 'POST', path: `/auth/device/${decision}`, body })
      return {}
    })

  return {
    loginOAuth: (provider, { mode = 'popup', redirectUri, loopback } = {}) =>
      attempt(() => {
        const flow = { verifier: mintSecret(), state: mintSecret() }
        if (loopback !== undefined) return byLoopback(provider, loopback, flow)
        return mode === 'popup'
          ? byPopup(provider, redirectUri, flow)
          : byRedirect(provider, redirectUri, flow)
      }),
    completeOAuthRedirect: () =>
      attempt<{ user: User | null }>(async () => {
        const found = takeFromAddress()
        return found === undefined ? { user: null } : trade(found.code, found.verifier)
      }),
    loginWithIdToken: (provider, idToken, nonce) =>
      attempt(() => signIn(routeOf(provider), { id_token: idToken, ...(nonce && { nonce }) })),
    loginWithAccessToken: (provider, accessToken) =>
      attempt(() => signIn(routeOf(provider), { access_token: accessToken })),
    loginCustom: token => attempt(() => signIn('custom', { token })),
    loginDeviceCode: options =>
      attempt(() =>
        waitForDevice(http, device_code => signIn('device/token', { device_code }), options),
      ),
    approveDevice: decide('approve'),
    denyDevice: decide('deny'),
    describeDevice: userCode =>
      attempt(() =>
        session.request({
          method: 'POST',
          path: '/auth/device/describe',
          body: { user_code: userCode },
        }),
      ),
  }
}
