import { Problem } from '@aethex/shared/errors'
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'

// Asymmetric only: with HS256 anybody who holds the client secret could sign, and "none" signs nothing (RFC 8725 §3.2).
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** Clocks of others are off by as much as this. */
export const leewaySeconds = 30

/** Finds the keys; `fresh` when a token names one that was not among them. */
export type FindKeys = (fresh: boolean) => Promise<JSONWebKeySet>

export const tokenInvalid = (detail: string, cause?: unknown) =>
  new Problem('identity_token_invalid', { detail, cause })

const isUnknownKey = (error: unknown) => error instanceof errors.JWKSNoMatchingKey

/** The claims of a JWT that one of the keys has signed. Throws `identity_token_invalid`. */
export async function verifyJwt(
  token: string,
  findKeys: FindKeys,
  expected: { issuer: string | string[]; audience: string | string[]; requiredClaims: string[] },
  now: Date,
): Promise<JWTPayload> {
  const options: JWTVerifyOptions = {
    ...expected,
    algorithms,
    clockTolerance: leewaySeconds,
    currentDate: now,
  }
  const verifyWith = async (keys: JSONWebKeySet) =>
    (await jwtVerify(token, createLocalJWKSet(keys), options)).payload
  const refuse = (error: unknown): never => {
    // Besides its own errors jose throws those of WebCrypto, for keys that are none.
    if (error instanceof Problem) throw error
    throw tokenInvalid('The token is malformed, expired, or not for this game.', error)
  }
  const payload = await verifyWith(await findKeys(false))
    .catch(async error => {
      if (!isUnknownKey(error)) throw error
      return verifyWith(await findKeys(true))
    })
    .catch(refuse)
  const { iat } = payload
  if (typeof iat !== 'number' || iat > now.getTime() / 1_000 + leewaySeconds) {
    throw tokenInvalid('The token was issued in the future, or does not say when.')
  }
  return payload
}
