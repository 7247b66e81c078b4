import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { deriveKey, seal, unseal } from './sealing.js'

/** A session lives 30 days from its sign-in, however often it is refreshed. */
export const refreshTtlSeconds = 2_592_000

/**
 * How long the token just replaced is still answered, with its successor: for lost answers and
 * several tabs at once. Presented later, it is theft.
 */
export const refreshGraceSeconds = 20

const secretBytes = 32
const tagBytes = 16
const pattern = /^rt_([0-9a-f-]{36})\.([A-Za-z0-9_-]{64})$/

/** `rt_<session>.<secret><tag>`: the tag lets a forged token be refused without touching the session it names. */
export interface RefreshTokens {
  mint(sessionId: string): string
  /** The session a genuine token belongs to. */
  sessionOf(token: string): string | undefined
}

export function refreshTokens(masterKey: Uint8Array): RefreshTokens {
  const key = deriveKey(masterKey, 'refresh token tags')
  const tag = (sessionId: string, secret: Uint8Array) =>
    createHmac('sha256', key).update(sessionId).update(secret).digest().subarray(0, tagBytes)
  return {
    mint(sessionId) {
      const secret = randomBytes(secretBytes)
      return `rt_${sessionId}.${Buffer.concat([secret, tag(sessionId, secret)]).toString('base64url')}`
    },
    sessionOf(token) {
      const [, sessionId, encoded] = pattern.exec(token) ?? []
      if (sessionId === undefined || encoded === undefined) return undefined
      const bytes = Buffer.from(encoded, 'base64url')
      const secret = bytes.subarray(0, secretBytes)
      return timingSafeEqual(bytes.subarray(secretBytes), tag(sessionId, secret))
        ? sessionId
        : undefined
    },
  }
}

export const hashRefreshToken = (token: string): Buffer =>
  createHash('sha256').update(token).digest()

const successorKey = (token: string) => deriveKey(Buffer.from(token), 'refresh token successor')

/** Only whoever still has the old token can read its successor out of the database. */
export const sealSuccessor = (token: string, successor: string): Buffer =>
  seal(successorKey(token), Buffer.from(successor))

export const unsealSuccessor = (token: string, sealed: Uint8Array): string =>
  unseal(successorKey(token), sealed).toString()

/** The columns of a session that decide what a refresh token is worth. Times are the database's. */
export interface SessionState {
  refresh_hash: Buffer
  previous_hash: Buffer | null
  successor: Buffer | null
  revoked: boolean
  expired: boolean
  in_grace: boolean
}

export type RefreshVerdict =
  | { kind: 'rotate' }
  | { kind: 'repeat'; successor: string }
  | { kind: 'reused' }
  | { kind: 'ended' }

/** What to do with a genuine token of this session (RFC 9700 §4.14.2: rotation with reuse detection). */
export function judgeRefresh(session: SessionState, token: string): RefreshVerdict {
  const hash = hashRefreshToken(token)
  if (session.revoked || session.expired) return { kind: 'ended' }
  if (session.refresh_hash.equals(hash)) return { kind: 'rotate' }
  const isPrevious = session.previous_hash?.equals(hash) ?? false
  if (isPrevious && session.in_grace && session.successor !== null) {
    return { kind: 'repeat', successor: unsealSuccessor(token, session.successor) }
  }
  return { kind: 'reused' }
}
