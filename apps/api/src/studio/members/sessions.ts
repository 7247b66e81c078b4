import { audit } from '@aethex/shared/audit'
import { accessTtlSeconds, hashRefreshToken, tradeRefreshToken } from '@aethex/shared/auth'
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
export async function refreshMemberSession(ctx: Ctx, token: string) {
  const { sessionId, session, refreshToken } = await tradeRefreshToken(
    ctx.db,
    ctx.refresh,
    {
      lock: lockMemberSession,
      rotate: rotateMemberSession,
      endReused: async (tx, id, { member_id }) => {
        await endMemberSession(tx, id, 'refresh token reused')
        await audit(tx, {
          actor: { kind: 'public' },
          action: 'members.refresh',
          target: id,
          details: { refused: 'token_reused', member_id },
          requestId: ctx.requestId,
        })
      },
      ended: id => ctx.revocations.note(id),
    },
    token,
  )
  return { session: tokensFor(ctx, session.member_id, sessionId, refreshToken) }
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
