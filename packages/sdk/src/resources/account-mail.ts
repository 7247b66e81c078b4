import type { Http } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore, User } from '../core/session-store.js'
import type { components } from '../generated/openapi.js'

/** What a sign-in answers. */
export interface SignInAnswer {
  user: User
  session: components['schemas']['Session']
  device_token?: string
}

/**
 * What a registration comes to: signed in at once, or, where the studio wants addresses proven first, a letter whose
 * code `verifyEmail` takes. The latter is also what somebody is told whose address has an account already.
 */
export type Registered =
  | { user: User; pending?: undefined }
  | { user?: undefined; pending: 'check_your_mail' }

/** What goes by mail: proving an address, changing it, and setting a forgotten password anew. */
export interface AccountMail {
  /**
   * Sends a code to whoever has an account with this address. Succeeds for any address: nobody learns here who has one.
   * An address gets three letters an hour.
   */
  requestPasswordReset(email: string): Promise<Result>
  /**
   * Sets a new password with the code from the letter, and ends all sessions of the account. Does not sign in.
   * Errors: `code_invalid`, `invalid_request` for a password that is not good enough.
   */
  resetPassword(code: string, password: string): Promise<Result<{ user: User }>>
  /** Sends the signed-in player a code to prove their address. Errors: `email_missing`, `not_signed_in`. */
  requestEmailVerification(): Promise<Result>
  /**
   * Proves an address with the code from its letter. The code of a registration makes the account and signs it in.
   * Errors: `code_invalid`, `email_taken`.
   */
  verifyEmail(code: string): Promise<Result<{ user: User }>>
  /**
   * Sends a code to another address, and a notice to the present one.
   * Errors: `reauthentication_required`, `second_factor_required`, `rate_limited`, `not_signed_in`.
   */
  changeEmail(email: string): Promise<Result>
  /** Makes it the player's address, with the code from its letter. Errors: `code_invalid`, `email_taken`. */
  confirmEmailChange(code: string): Promise<Result<{ user: User }>>
}

interface Parts {
  http: Http
  session: Session
  sessions: SessionStore
  /** Takes the answer of a sign-in. */
  enter(answer: SignInAnswer): { user: User }
}

export function createAccountMail({ http, session, sessions, enter }: Parts): AccountMail {
  const post = <T>(path: string, body: object) =>
    http.request<T>({ method: 'POST', path: `/auth/${path}`, body })

  const postAsPlayer = <T>(path: string, body?: object) =>
    session.request<T>({ method: 'POST', path: `/auth/${path}`, body })

  const remember = ({ user }: { user: User }) => {
    sessions.updateUser(user)
    return { user }
  }

  return {
    requestPasswordReset: email =>
      attempt(async () => {
        await post('password/forgot', { email })
        return {}
      }),
    resetPassword: (code, password) =>
      attempt(() => post<{ user: User }>('password/reset', { code, password })),
    requestEmailVerification: () =>
      attempt(async () => {
        await postAsPlayer('email/verify/request')
        return {}
      }),
    verifyEmail: code =>
      attempt(async () => {
        const answer = await post<{ user: User; session?: SignInAnswer['session'] }>(
          'email/verify',
          { code },
        )
        const { session: started } = answer
        return started === undefined ? remember(answer) : enter({ ...answer, session: started })
      }),
    changeEmail: email =>
      attempt(async () => {
        await postAsPlayer('email/change', { email })
        return {}
      }),
    confirmEmailChange: code =>
      attempt(async () => remember(await postAsPlayer('email/change/confirm', { code }))),
  }
}
