import { audit } from '@aethex/shared/audit'
import { accessTtlSeconds, hashRefreshToken, tradeRefreshToken } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx, memberOf, type Parts } from '../../gateway/context.js'
import { endOpenSession, endSessionsBut, listOpenSessions } from './session-store.js'
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
export async function openMemberSession(
  ctx: Ctx,
  memberId: string,
  tx: Db = ctx.db,
  secondFactorAt: Date | null = null,
) {
  const sessionId = uuidv7()
  const refreshToken = ctx.refresh.mint(sessionId)
  const refreshHash = hashRefreshToken(refreshToken)
  await addMemberSession(tx, {
    id: sessionId,
    memberId,
    refreshHash,
    deviceName: ctx.deviceName,
    provedAt: ctx.now(),
    secondFactorAt,
  })
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

/** Ends the sessions of a member, but for `except`. Once that has committed, hand the answer to `memberSessionsEnded`. */
export const endMemberSessions = (
  tx: Db,
  memberId: string,
  { reason, except = null }: { reason: string; except?: string | null },
): Promise<string[]> => endSessionsBut(memberId, tx, except, reason)

/** After the commit: this process refuses the sessions at once, the others within half a second. */
export function memberSessionsEnded(parts: Parts, sessionIds: readonly string[]): void {
  for (const id of sessionIds) parts.revocations.note(id)
}

/** Where the caller is signed in. */
export async function listMemberSessions(ctx: Ctx) {
  const { memberId, sessionId } = memberOf(ctx)
  const items = (await listOpenSessions(memberId, ctx.db)).map(row => ({
    id: row.id,
    device_name: row.device_name,
    current: row.id === sessionId,
    second_factor: row.second_factor_at !== null,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
  }))
  return { items, next_cursor: null }
}

/** Ends one session of the caller. */
export async function endMemberSessionOf(ctx: Ctx, endedId: string): Promise<void> {
  const { memberId } = memberOf(ctx)
  await ctx.db.transaction(async tx => {
    if (!(await endOpenSession(memberId, tx, endedId))) throw notFound()
    await writeDown(ctx, tx, 'members.end_session', endedId)
  })
  memberSessionsEnded(ctx, [endedId])
}

/** Ends all sessions of the caller but the one that asks. */
export async function endOtherMemberSessions(ctx: Ctx): Promise<void> {
  const { memberId, sessionId } = memberOf(ctx)
  const how = { reason: 'ended by its member', except: sessionId }
  const ended = await ctx.db.transaction(async tx => {
    await writeDown(ctx, tx, 'members.end_other_sessions', memberId)
    return endMemberSessions(tx, memberId, how)
  })
  memberSessionsEnded(ctx, ended)
}

const writeDown = (ctx: Ctx, tx: Db, action: string, target: string) =>
  audit(tx, { actor: auditActorOf(ctx), action, target, requestId: ctx.requestId })

export async function logoutMember(ctx: Ctx): Promise<void> {
  const { sessionId } = memberOf(ctx)
  await ctx.db.transaction(async tx => {
    await endMemberSession(tx, sessionId, 'logout')
    await writeDown(ctx, tx, 'members.logout', sessionId)
  })
  ctx.revocations.note(sessionId)
}

/** Refuses a session that has been revoked, from memory while that is fresh, else from the database. */
export async function assertMemberSession(parts: Parts, sessionId: string): Promise<void> {
  const isLive = parts.revocations.isFresh()
    ? !parts.revocations.isRevoked(sessionId)
    : await memberSessionIsLive(parts.db, sessionId)
  if (!isLive) throw new Problem('session_ended')
}

/** The same without anything remembered, for what goes on long after the request that began it. */
export async function assertLiveMemberSession(
  { db }: Pick<Parts, 'db'>,
  sessionId: string,
): Promise<void> {
  if (!(await memberSessionIsLive(db, sessionId))) throw new Problem('session_ended')
}
