import { type AeThexError, hasCode } from '../core/error.js'
import type { Http } from '../core/http.js'
import type { Lock } from '../core/lock.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore, StoredSession, User } from '../core/session-store.js'
import type { Store } from '../core/storage.js'
import type { components } from '../generated/openapi.js'
import { type Account, createAccount } from './account.js'
import {
  type AccountMail,
  createAccountMail,
  type Registered,
  type SignInAnswer,
} from './account-mail.js'
import type { AgeAnswer } from './age.js'
import { createHostedPages, type HostedPages } from './auth-options.js'
import { provingHuman } from './captcha.js'
import { createDeviceSecret } from './device-secret.js'
import { createKnownDevices } from './known-devices.js'
import { createOAuth, type OAuth } from './oauth.js'
import { createPasskeys, type Passkeys, showPasskey } from './passkeys.js'
import { createPlayerSessions, type PlayerSessions } from './player-sessions.js'
import type { AcceptedPolicy } from './policies.js'
import { createSecondFactor, type SecondFactor, withoutSpaces } from './second-factor.js'

type Tokens = components['schemas']['Session']

/** Accounts: who plays. */
export interface Auth extends OAuth, AccountMail, HostedPages, Account {
  /**
   * Makes an account and signs it in; or, where the studio wants addresses proven first, answers `pending`: then ask
   * for the code of the letter and call `verifyEmail`. Errors: `email_taken`, `username_taken`, `invalid_request`,
   * and where the studio asks for them `policy_acceptance_required`, `age_required`, `parental_consent_required`.
   */
  register(account: {
    email: string
    password: string
    username: string
    /** The policies in force that the player accepts. */
    policies?: readonly AcceptedPolicy[]
    age?: AgeAnswer
    /** Of hCaptcha or Turnstile, where `captcha_required` asks for one; a proof of work is done by itself. */
    captcha_token?: string
  }): Promise<Result<Registered>>
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
  /**
   * Replaces the password and signs the player out everywhere else; an account without a password gets its first one,
   * without `currentPassword`, soon after a sign-in. Errors: `invalid_credentials`, `invalid_request`,
   * `reauthentication_required`, `rate_limited`.
   */
  changePassword(passwords: { currentPassword?: string; password: string }): Promise<Result>
  /** Where the player is signed in. */
  readonly sessions: PlayerSessions
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
    locale?: string | null
    /** Seen by everybody; 4 KiB. */
    public_fields?: Record<string, unknown>
    /** Seen by the player alone; 16 KiB. */
    private_fields?: Record<string, unknown>
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
  const devices = createKnownDevices(store)

  function enter(answer: SignInAnswer) {
    devices.keep(answer.device_token)
    sessions.start(answer.user, answer.session)
    return { user: answer.user }
  }

  async function signIn(route: string, body: object, repeatable: boolean) {
    return enter(
      await http.request<SignInAnswer>({
        method: 'POST',
        path: `/auth/${route}`,
        body,
        repeatable,
        headers: devices.headers(),
      }),
    )
  }

  async function register({
    age,
    captcha_token,
    ...account
  }: {
    age?: AgeAnswer
    captcha_token?: string
  }): Promise<Registered> {
    const asked = age && { ...age, device_secret: await deviceSecret() }
    const answer = await provingHuman(
      token =>
        http.request<SignInAnswer | { status: 'check_your_mail' }>({
          method: 'POST',
          path: '/auth/register',
          body: { ...account, age: asked, captcha_token: token },
        }),
      captcha_token,
    )
    return 'session' in answer ? enter(answer) : { pending: answer.status }
  }

  const deviceSecret = createDeviceSecret(store, lock)

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
    ...createAccountMail({ http, session, sessions, enter }),
    ...createHostedPages(http, session),
    ...createAccount(session, sessions),
    register: account => attempt(() => register(account)),
    loginEmail: (email, password) => attempt(() => signIn('login', { email, password }, false)),
    loginAnonymous: () =>
      attempt(async () => {
        const device_secret = await deviceSecret()
        return provingHuman(captcha_token =>
          signIn('anonymous', { device_secret, captcha_token }, true),
        )
      }),
    changePassword: ({ currentPassword, password }) =>
      attempt(async () => {
        await session.request({
          method: 'POST',
          path: '/auth/password/change',
          body: { current_password: currentPassword, password },
          headers: devices.headers(),
        })
        return {}
      }),
    sessions: createPlayerSessions(session, sessions),
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
