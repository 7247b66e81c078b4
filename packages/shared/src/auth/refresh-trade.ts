import type { Db } from '../db/index.js'
import { Problem } from '../errors/index.js'
import {
  hashRefreshToken,
  judgeRefresh,
  type RefreshTokens,
  type SessionState,
  sealSuccessor,
} from './refresh-tokens.js'

/** Where the sessions of one kind of account are kept. */
export interface SessionRows<Session extends SessionState> {
  /** Holds the row until the transaction ends, so that refreshes of one session take turns. */
  lock(tx: Db, sessionId: string): Promise<Session | undefined>
  rotate(tx: Db, sessionId: string, next: { hash: Buffer; sealed: Buffer }): Promise<unknown>
  /** Ends the session of a token that was used before. */
  endReused(tx: Db, sessionId: string, session: Session): Promise<void>
  /** Called when that end is committed. */
  ended(sessionId: string): void
}

interface Traded<Session> {
  sessionId: string
  session: Session
  refreshToken: string
}

/**
 * Trades a refresh token for its successor. Throws `token_invalid`, `session_ended`, or `token_reused`
 * when the token was used before: then the session is dead.
 */
export async function tradeRefreshToken<Session extends SessionState>(
  db: Db,
  tokens: RefreshTokens,
  rows: SessionRows<Session>,
  token: string,
): Promise<Traded<Session>> {
  const sessionId = tokens.sessionOf(token)
  if (sessionId === undefined) throw new Problem('token_invalid')
  // Refusals are thrown outside the transaction: the end of a stolen session must commit.
  const outcome = await db.transaction(async tx => {
    const session = await rows.lock(tx, sessionId)
    if (session === undefined) return new Problem('token_invalid')
    const verdict = judgeRefresh(session, token)
    switch (verdict.kind) {
      case 'ended':
        return new Problem('session_ended')
      case 'repeat':
        return { sessionId, session, refreshToken: verdict.successor }
      case 'reused':
        await rows.endReused(tx, sessionId, session)
        return new Problem('token_reused')
      case 'rotate': {
        const next = tokens.mint(sessionId)
        const sealed = sealSuccessor(token, next)
        await rows.rotate(tx, sessionId, { hash: hashRefreshToken(next), sealed })
        return { sessionId, session, refreshToken: next }
      }
    }
  })
  if (outcome instanceof Problem) {
    if (outcome.code === 'token_reused') rows.ended(sessionId)
    throw outcome
  }
  return outcome
}
