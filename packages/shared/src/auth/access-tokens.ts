import { createHash, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { Problem } from '../errors/index.js'
import { parseStrictJsonBytes } from '../http/strict-json.js'

/** Access tokens live a quarter of an hour. */
export const accessTtlSeconds = 900

// How far the clocks of two servers may be apart.
const leewaySeconds = 120

/** The typ header keeps the kinds of token apart (RFC 8725 §3.11). */
export type TokenKind = 'player+jwt' | 'member+jwt'

const Claims = z.object({
  sub: z.uuid(),
  /** The session, which revocation names. */
  sid: z.uuid(),
  /** One audience only: a list could name others beside ours. */
  aud: z.string(),
  exp: z.int(),
  iat: z.int(),
})
export type Claims = z.infer<typeof Claims>

export interface SigningKey {
  kid: string
  privateKey: KeyObject
}

/** Where the keys come from: the newest signs, every one that is not retired verifies. */
export interface KeyRing {
  signing(): SigningKey
  /** Only ever a look-up in memory, whatever the kid says. */
  find(kid: string): KeyObject | undefined
}

export interface TokenSubject {
  kind: TokenKind
  /** The environment of a player, or the audience of the console. */
  audience: string
  subject: string
  sessionId: string
  /** Seconds until it expires: a quarter of an hour unless the session ends before. */
  lifetimeSeconds?: number
}

const header = z.object({ alg: z.literal('ES256'), typ: z.string(), kid: z.string().max(100) })
const allowedHeaders = new Set(['alg', 'typ', 'kid'])

interface Verified {
  claims: Claims
  kid: string
}

/** Signs and verifies the tokens of one issuer with ES256. `now` is the clock of both. */
export function accessTokens(issuer: string, keys: KeyRing, now: () => Date = () => new Date()) {
  const verified = new LRUCache<string, Verified>({ max: 20_000 })
  const nowSeconds = () => now().getTime() / 1_000

  const mint = (token: TokenSubject): string => {
    const { kind, audience, subject, sessionId, lifetimeSeconds = accessTtlSeconds } = token
    const { kid, privateKey } = keys.signing()
    return jwt.sign({ sid: sessionId, iat: Math.floor(nowSeconds()) }, privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: kind, kid },
      issuer,
      audience,
      subject,
      expiresIn: lifetimeSeconds,
    })
  }

  const invalid = () => new Problem('token_invalid')

  // Read strictly: of two equal keys another reader might take the other one.
  function readPart(token: string, index: 0 | 1): unknown {
    try {
      return parseStrictJsonBytes(Buffer.from(token.split('.', 2)[index] ?? '', 'base64url'))
    } catch {
      throw invalid()
    }
  }

  function readHeader(token: string, kind: TokenKind): string {
    const parsed = readPart(token, 0)
    const result = header.safeParse(parsed)
    const known =
      typeof parsed === 'object' && Object.keys(parsed ?? {}).every(k => allowedHeaders.has(k))
    if (!result.success || !known || result.data.typ !== kind) throw invalid()
    return result.data.kid
  }

  // Base64 leaves bits unused at its end: one signature must not have several spellings.
  function isCanonical(token: string): boolean {
    const signature = token.slice(token.lastIndexOf('.') + 1)
    return Buffer.from(signature, 'base64url').toString('base64url') === signature
  }

  function verifyOnce(token: string, kind: TokenKind, audience: string): Verified {
    const kid = readHeader(token, kind)
    const key = keys.find(kid)
    const at = nowSeconds()
    if (key === undefined || !isCanonical(token)) throw invalid()
    try {
      const clockTimestamp = Math.floor(at)
      jwt.verify(token, key, { algorithms: ['ES256'], issuer, audience, clockTimestamp })
    } catch (error) {
      throw error instanceof jwt.TokenExpiredError ? new Problem('token_expired') : invalid()
    }
    const claims = Claims.safeParse(readPart(token, 1))
    // jsonwebtoken takes any iat, an infinite exp and a list of audiences; tokens of ours have none of them.
    if (!claims.success || claims.data.aud !== audience) throw invalid()
    if (claims.data.iat > at + leewaySeconds) throw invalid()
    if (claims.data.exp - claims.data.iat > accessTtlSeconds) throw invalid()
    return { claims: claims.data, kid }
  }

  /** The claims of a token of this kind and audience, or the 401. A token is verified once, then remembered. */
  const verify = (token: string, kind: TokenKind, audience: string): Claims => {
    if (token.length > 2_048) throw invalid()
    const id = `${kind} ${createHash('sha256').update(token).digest('base64')}`
    const known = verified.get(id)
    if (known !== undefined && known.claims.aud === audience) {
      if (known.claims.exp <= nowSeconds()) throw new Problem('token_expired')
      if (keys.find(known.kid) === undefined) throw invalid()
      return known.claims
    }
    const fresh = verifyOnce(token, kind, audience)
    verified.set(id, fresh)
    return fresh.claims
  }

  return { mint, verify }
}

export type AccessTokens = ReturnType<typeof accessTokens>
