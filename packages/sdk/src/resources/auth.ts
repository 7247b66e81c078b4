import { type AeThexError, hasCode } from '../core/error.js'
import type { Http } from '../core/http.js'
import type { Lock } from '../core/lock.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore, StoredSession, User } from '../core/session-store.js'
import type { Store } from '../core/storage.js'
import { mintSecret } from '../core/uuid.js'
import type { components } from '../generated/openapi.js'
import { createOAuth, type OAuth } from './oauth.js'
import { createPasskeys, type Passkeys, showPasskey } from './passkeys.js'
import { createSecondFactor, type SecondFactor, withoutSpaces } from './second-factor.js'

type Tokens = components['schemas']['Session']

/** Accounts: who plays. */
export interface Auth extends OAuth {
  /** Makes an account and signs it in. Errors: `email_taken`, `username_taken`, `invalid_request`. */
  register(account: {
    email: string
    password: string
    username: string
  }): Promise<Result<{ user: User }>>
  /**
   * Signs in. Errors: `invalid_credentials`, `rate_limited`, and `second_factor_required`: then ask for a code and
   * call `secondFactor.complete(error.details.mfa_token, { code })`.
   */
  loginEmail(email: string, password: string): Promise<Result<{ user: User }>>
  /**
   * Signs in as the guest of this device: always the same one, for its secret of 256 bits
   * is made once and kept in the storage. Whoever clears the storage loses the guest.
   */
  loginAnonymous(): Promise<Result<{ user: User }>>
  /** A code beside the password. */
  readonly secondFactor: SecondFactor
  /** Signing in with the device itself. */
  readonly passkeys: Passkeys
  /**
   * Proves anew who the player is, when a call has failed as `reauthentication_required`; good for ten minutes.
   * Errors: `invalid_credentials`, `second_factor_invalid`, `second_factor_required`, `rate_limited`.
   */
  reauthenticate(
    proof: { password: string } | { code: string } | { passkey: true },
  ): Promise<Result<{ fresh_until: string }>>
  /** Signs out here at once, and ends the session on the server; a failure says that the latter was not confirmed. */
  logout(): Promise<Result>
  /** The signed-in player from the stored session, without asking the server. */
  getCurrentUser(): User | null
  /** The signed-in player as the server knows them. Errors: `not_signed_in`. */
  getProfile(): Promise<Result<{ user: User }>>
  /** Changes what is given. Errors: `username_taken`, `invalid_request`, `not_signed_in`. */
  updateProfile(changes: {
    username?: string
    /** An https address; null takes the picture away. */
    avatar_url?: string | null
  }): Promise<Result<{ user: User }>>
  /**
   * Calls the listener when the player signs in or out, here or in another tab, or changes; answers its unsubscribe.
   * `reason` is there when the server ended the session: `token_reused`, `session_ended`, `token_invalid`.
   */
  onChange(listener: (user: User | null, reason?: AeThexError) => void): () => void
}

interface AuthParts {
  http: Http
  session: Session
  sessions: SessionStore
  store: Store
  lock: Lock
}

export function createAuth({ http, session, sessions, store, lock }: AuthParts): Auth {
  async function signIn(route: string, body: object, repeatable: boolean) {
    const answer = await http.request<{ user: User; session: Tokens }>({
      method: 'POST',
      path: `/auth/${route}`,
      body,
      repeatable,
    })
    sessions.start(answer.user, answer.session)
    return { user: answer.user }
  }

  const deviceSecret = () =>
    lock('device', async () => {
      const secret = store.read('device') ?? mintSecret()
      store.write('device', secret)
      return secret
    })

  const endSession = (token: string) =>
    http.request({ method: 'POST', path: '/auth/logout', token })

  /** The session is gone from the storage by now, so its tokens are used by hand. */
  async function endOnServer({ access_token, refresh_token }: StoredSession): Promise<void> {
    try {
      await endSession(access_token)
    } catch (thrown) {
      if (hasCode(thrown, 'session_ended')) return
      if (!hasCode(thrown, 'token_expired')) throw thrown
      const answer = await http.request<{ session: Tokens }>({
        method: 'POST',
        path: '/auth/refresh',
        body: { refresh_token },
        repeatable: true,
      })
      await endSession(answer.session.access_token)
    }
  }

  async function remember(answer: Promise<{ user: User }>) {
    const { user } = await answer
    sessions.updateUser(user)
    return { user }
  }

  return {
    ...createOAuth({
      http,
      session,
      store,
      signIn: (route, body) => signIn(route, body, false),
    }),
    register: account => attempt(() => signIn('register', account, false)),
    loginEmail: (email, password) => attempt(() => signIn('login', { email, password }, false)),
    loginAnonymous: () =>
      attempt(async () => signIn('anonymous', { device_secret: await deviceSecret() }, true)),
    logout: () =>
      attempt(async () => {
        const ended = sessions.read()
        if (ended === undefined) return {}
        sessions.end()
        await endOnServer(ended)
        return {}
      }),
    secondFactor: createSecondFactor({ http, session, signIn }),
    passkeys: createPasskeys({ http, session, signIn }),
    reauthenticate: proof =>
      attempt(async () => {
        const shown = 'passkey' in proof ? { passkey: await showPasskey(http) } : proof
        const body = withoutSpaces(shown)
        return session.request({ method: 'POST', path: '/auth/reauthenticate', body })
      }),
    getCurrentUser: () => sessions.read()?.user ?? null,
    getProfile: () =>
      attempt(() => remember(session.request({ method: 'GET', path: '/auth/profile' }))),
    updateProfile: changes =>
      attempt(() =>
        remember(session.request({ method: 'PUT', path: '/auth/profile', body: changes })),
      ),
    onChange: sessions.onChange,
  }
}
