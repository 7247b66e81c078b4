import { audit } from '@aethex/shared/audit'
import {
  accessTtlSeconds,
  hashRefreshToken,
  judgeRefresh,
  sealSuccessor,
} from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, memberOf, type Parts } from '../../gateway/context.js'
import {
  addMemberSession,
  endMemberSession,
  lockMemberSession,
  memberSessionIsLive,
  rotateMemberSession,
} from './store.js'

const tokensFor = (parts: Parts, memberId: string, sessionId: string, refreshToken: string) => ({
  access_token: parts.tokens.mint({
    kind: 'member+jwt',
    audience: 'studio',
    subject: memberId,
    sessionId,
  }),
  refresh_token: refreshToken,
  token_type: 'Bearer' as const,
  expires_in: accessTtlSeconds,
})

/** Starts a session for a member who has just proven who they are. */
export async function openMemberSession(ctx: Ctx, memberId: string) {
  const sessionId = uuidv7()
  const refreshToken = ctx.refresh.mint(sessionId)
  await addMemberSession(ctx.db, sessionId, memberId, hashRefreshToken(refreshToken))
  return tokensFor(ctx, memberId, sessionId, refreshToken)
}

/** As a player's refresh: one use each, a bounded grace for lost answers, theft ends the session. */
export async function refreshMemberSession(ctx: Ctx, refreshToken: string) {
  const sessionId = ctx.refresh.sessionOf(refreshToken)
  if (sessionId === undefined) throw new Problem('token_invalid')
  const outcome = await ctx.db.transaction(async tx => {
    const session = await lockMemberSession(tx, sessionId)
    if (session === undefined) return new Problem('token_invalid')
    const verdict = judgeRefresh(session, refreshToken)
    switch (verdict.kind) {
      case 'ended':
        return new Problem('session_ended')
      case 'repeat':
        return tokensFor(ctx, session.member_id, sessionId, verdict.successor)
      case 'reused':
        await endMemberSession(tx, sessionId, 'refresh token reused')
        await audit(tx, {
          actor: { kind: 'public' },
          action: 'members.refresh',
          target: sessionId,
          details: { refused: 'token_reused', member_id: session.member_id },
          requestId: ctx.requestId,
        })
        return new Problem('token_reused')
      case 'rotate': {
        const next = ctx.refresh.mint(sessionId)
        const sealed = sealSuccessor(refreshToken, next)
        await rotateMemberSession(tx, sessionId, { hash: hashRefreshToken(next), sealed })
        return tokensFor(ctx, session.member_id, sessionId, next)
      }
    }
  })
  if (outcome instanceof Problem) {
    if (outcome.code === 'token_reused') ctx.revocations.note(sessionId)
    throw outcome
  }
  return { session: outcome }
}

export async function logoutMember(ctx: Ctx): Promise<void> {
  const { sessionId } = memberOf(ctx)
  await endMemberSession(ctx.db, sessionId, 'logout')
  ctx.revocations.note(sessionId)
}

/** Refuses a session that has been revoked, from memory while that is fresh, else from the database. */
export async function assertMemberSession(parts: Parts, sessionId: string): Promise<void> {
  const isLive = parts.revocations.isFresh()
    ? !parts.revocations.isRevoked(sessionId)
    : await memberSessionIsLive(parts.db, sessionId)
  if (!isLive) throw new Problem('session_ended')
}
