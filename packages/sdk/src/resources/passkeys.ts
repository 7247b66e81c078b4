import { type Http, path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { User } from '../core/session-store.js'
import {
  type CreationOptions,
  createCredential,
  hasPasskeys,
  type RequestOptions,
  showCredential,
} from '../core/web-authn.js'
import type { components } from '../generated/openapi.js'

/** A passkey of the player: id, name, transports, backed_up, created_at, last_used_at. */
export type Passkey = components['schemas']['Passkey']

/** Passkeys: signing in with the device itself, without a password. */
export interface Passkeys {
  /** Whether this page can ask for passkeys. */
  isSupported(): boolean
  /**
   * Adds a passkey of this device to the signed-in player. Call it in answer to a click.
   * Errors: `reauthentication_required`, `passkey_exists`, `passkey_cancelled`, `passkeys_unsupported`.
   */
  register(name?: string): Promise<Result<{ passkey: Passkey }>>
  /**
   * Signs in with a passkey; the player chooses which. With `autofill` it waits until one is picked in a form field
   * whose autocomplete is `username webauthn`; `signal` ends the wait.
   * Errors: `invalid_credentials`, `second_factor_required`, `passkey_cancelled`, `passkeys_unsupported`.
   */
  login(options?: { autofill?: boolean; signal?: AbortSignal }): Promise<Result<{ user: User }>>
  list(): Promise<Result<{ items: Passkey[] }>>
  rename(id: string, name: string): Promise<Result<{ passkey: Passkey }>>
  /** Errors: `reauthentication_required`, `last_way_in`. */
  remove(id: string): Promise<Result>
}

interface PasskeyParts {
  http: Http
  session: Session
  /** Sends a proof and starts the session that it is answered with. */
  signIn(route: string, body: object, repeatable: boolean): Promise<{ user: User }>
}

/** Has the player show a passkey for a challenge of the API. */
export async function showPasskey(
  http: Http,
  how: { autofill?: boolean; signal?: AbortSignal } = {},
) {
  const { options } = await http.request<{ options: RequestOptions }>({
    method: 'POST',
    path: '/auth/passkeys/login-options',
    repeatable: true,
  })
  return showCredential(options, how)
}

export function createPasskeys({ http, session, signIn }: PasskeyParts): Passkeys {
  return {
    isSupported: hasPasskeys,
    register: name =>
      attempt(async () => {
        const { options } = await session.request<{ options: CreationOptions }>({
          method: 'POST',
          path: '/auth/passkeys/registration-options',
          repeatable: true,
        })
        const credential = await createCredential(options)
        return session.request<{ passkey: Passkey }>({
          method: 'POST',
          path: '/auth/passkeys',
          body: { credential, ...(name === undefined ? {} : { name }) },
        })
      }),
    login: how =>
      attempt(async () =>
        signIn('passkeys/login', { credential: await showPasskey(http, how) }, false),
      ),
    list: () => attempt(() => session.request({ method: 'GET', path: '/auth/passkeys' })),
    rename: (id, name) =>
      attempt(() =>
        session.request({ method: 'PUT', path: path('auth', 'passkeys', id), body: { name } }),
      ),
    remove: id =>
      attempt(async () => {
        await session.request({ method: 'DELETE', path: path('auth', 'passkeys', id) })
        return {}
      }),
  }
}
