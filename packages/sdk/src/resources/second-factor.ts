import type { Http } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { User } from '../core/session-store.js'
import type { operations } from '../generated/openapi.js'
import { showPasskey } from './passkeys.js'

type Answer<Id extends 'second_factor.read'> =
  operations[Id]['responses'][200]['content']['application/json']

/** Which second factors the player has. */
export type SecondFactorStatus = Answer<'second_factor.read'>['second_factor']

/** What an authenticator app is set up with: show the QR code, and the secret for typing. */
export interface AuthenticatorSecret {
  secret: string
  uri: string
  /** An SVG document. */
  qr_svg: string
}

/** The current code of the authenticator app, or one of the recovery codes. */
export type FactorCode = { code: string } | { recovery_code: string }

/** A code beside the password: an authenticator app, recovery codes, or a passkey. */
export interface SecondFactor {
  status(): Promise<Result<{ second_factor: SecondFactorStatus }>>
  /** Draws the secret for an authenticator app. Errors: `reauthentication_required`, `second_factor_on`. */
  enrol(): Promise<Result<{ totp: AuthenticatorSecret }>>
  /** Turns it on with a first code. The recovery codes are shown this once. Errors: `second_factor_invalid`. */
  confirm(code: string): Promise<Result<{ recovery_codes: string[] }>>
  /** Errors: `reauthentication_required`, `second_factor_invalid`. */
  disable(proof: FactorCode): Promise<Result>
  /** Ten new codes; the old ones end. Errors: `reauthentication_required`, `second_factor_invalid`. */
  newRecoveryCodes(proof: FactorCode): Promise<Result<{ recovery_codes: string[] }>>
  /**
   * Goes on with a sign-in that failed as `second_factor_required`; its `error.details` has the `mfa_token` and the
   * `factors` that will do. Errors: `second_factor_invalid`, `mfa_token_invalid` (sign in again), `rate_limited`.
   */
  complete(mfaToken: string, proof: FactorCode | { passkey: true }): Promise<Result<{ user: User }>>
}

interface SecondFactorParts {
  http: Http
  session: Session
  /** Sends a proof and starts the session that it is answered with. */
  signIn(route: string, body: object, repeatable: boolean): Promise<{ user: User }>
}

/** Apps show their codes with a space in the middle, and people type it. */
export const withoutSpaces = <Proof extends object>(proof: Proof): Proof =>
  'code' in proof && typeof proof.code === 'string'
    ? { ...proof, code: proof.code.replaceAll(/\s/g, '') }
    : proof

export function createSecondFactor({ http, session, signIn }: SecondFactorParts): SecondFactor {
  const post = <T>(below: string, proof: object): Promise<T> =>
    session.request({
      method: 'POST',
      path: `/auth/second-factor/${below}`,
      body: withoutSpaces(proof),
    })
  return {
    status: () => attempt(() => session.request({ method: 'GET', path: '/auth/second-factor' })),
    enrol: () =>
      attempt(() =>
        session.request({ method: 'POST', path: '/auth/second-factor/totp', repeatable: true }),
      ),
    confirm: code => attempt(() => post('totp/confirm', { code })),
    disable: proof =>
      attempt(async () => {
        await post('totp/disable', proof)
        return {}
      }),
    newRecoveryCodes: proof => attempt(() => post('recovery-codes', proof)),
    complete: (mfa_token, proof) =>
      attempt(async () => {
        const factor = 'passkey' in proof ? { passkey: await showPasskey(http) } : proof
        return signIn('second-factor', { mfa_token, ...withoutSpaces(factor) }, false)
      }),
  }
}
