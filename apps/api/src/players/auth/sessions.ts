import { audit } from '@aethex/shared/audit'
import { accessTtlSeconds, hashRefreshToken, tradeRefreshToken } from '@aethex/shared/auth'
import { announce } from '@aethex/shared/bus'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, environmentOf, type Parts, playerOf } from '../../gateway/context.js'
import { meetPlayerAside } from '../../studio/billing/service.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import { assertNotBanned } from '../standing/service.js'
import { refreshClaims } from './guess-budgets.js'
import {
  addSession,
  endOwnSession,
  endSession,
  endSessions,
  listSessions,
  lockOwner,
  lockSession,
  renameSession,
  rotateSession,
  type SessionRow,
  sessionIsLive,
} from './session-store.js'

interface SessionOwner {
  environmentId: string
  playerId: string
  sessionId: string
}

/** No access token outlives its session. */
function tokensFor(
  parts: Parts,
  owner: SessionOwner,
  refreshToken: string,
  lifetimeSeconds = accessTtlSeconds,
) {
  const accessToken = parts.tokens.mint({
    kind: 'player+jwt',
    audience: owner.environmentId,
    subject: owner.playerId,
    sessionId: owner.sessionId,
    lifetimeSeconds,
  })
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer' as const,
    expires_in: lifetimeSeconds,
  }
}

const lifetimeUntil = (end: Date, now: Date) => {
  const left = Math.ceil((end.getTime() - now.getTime()) / 1_000)
  return Math.min(accessTtlSeconds, Math.max(1, left))
}

/** How a player has just proven who they are. */
export interface Proof {
  /** `password`, `device`, `google`, `oidc:acme`, `custom`, `passkey`, `server` … */
  method: string
  /** When a second factor, or a passkey that counts as one, was part of it. */
  secondFactorAt?: Date
  /** When that was, if it was for an earlier session that this one takes over from. */
  provedAt?: Date
}

/**
 * Starts a session for a player who has just proven who they are; of more than fifty the one that was longest away
 * ends. Others sign in through `signIn`. Throws `invalid_credentials` when the player was deleted meanwhile.
 */
export async function openSession(ctx: Ctx, db: Db, playerId: string, proof: Proof) {
  const owner = { environmentId: environmentOf(ctx), playerId, sessionId: uuidv7() }
  const refreshToken = ctx.refresh.mint(owner.sessionId)
  await db.transaction(async tx => {
    if (!(await lockOwner(owner.environmentId, tx, playerId))) {
      throw new Problem('invalid_credentials')
    }
    const ended = await addSession(owner.environmentId, tx, {
      id: owner.sessionId,
      playerId,
      refreshHash: hashRefreshToken(refreshToken),
      method: proof.method,
      deviceName: ctx.deviceName,
      secondFactorAt: proof.secondFactorAt ?? null,
      at: ctx.now(),
      provedAt: proof.provedAt ?? ctx.now(),
    })
    for (const sessionId of ended) await announceEnd(tx, { ...owner, sessionId })
  })
  return tokensFor(ctx, owner, refreshToken)
}

const announceEnd = (tx: Db, { environmentId, playerId, sessionId }: SessionOwner) =>
  announce(tx, {
    topic: 'session.revoked',
    payload: { environment_id: environmentId, player_id: playerId, session_id: sessionId },
  })

async function revoke(tx: Db, owner: Omit<SessionOwner, 'playerId'>, reason: string) {
  const playerId = await endSession(owner.environmentId, tx, owner.sessionId, reason)
  if (playerId !== undefined) await announceEnd(tx, { ...owner, playerId })
}

/**
 * Ends the sessions of a player within the caller's transaction, but for `except`. Once that has committed,
 * hand the ids to `sessionsEnded`.
 */
export async function endSessionsOf(
  _parts: Pick<Parts, 'outbox'>,
  environmentId: string,
  tx: Db,
  playerId: string,
  how: { reason: string; except?: string },
): Promise<string[]> {
  const ended = await endSessions(environmentId, tx, playerId, how)
  for (const sessionId of ended) await announceEnd(tx, { environmentId, playerId, sessionId })
  return ended
}

/** After the commit: this process refuses the sessions at once, and the other processes are told. */
export function sessionsEnded(
  parts: Pick<Parts, 'revocations' | 'outbox'>,
  sessionIds: readonly string[],
): void {
  for (const id of sessionIds) parts.revocations.note(id)
  if (sessionIds.length > 0) parts.outbox.wake()
}

/** Trades a refresh token for a new pair. A token used before ends its session, except within the grace. */
export async function refreshSession(ctx: Ctx, token: string) {
  const environmentId = environmentOf(ctx)
  const now = ctx.now()
  await ctx.limits.takeAll(refreshClaims(ctx, environmentId, ctx.refresh.sessionOf(token)))
  let playerId: string | undefined
  const { sessionId, session, refreshToken } = await tradeRefreshToken(
    ctx.db,
    ctx.refresh,
    {
      lock: async (tx, id) => {
        const row = await lockSession(environmentId, tx, id, now)
        playerId = row?.player_id
        return row
      },
      rotate: (tx, id, next) => rotateSession(environmentId, tx, id, next, now),
      endReused: async (tx, id, { player_id }) => {
        await revoke(tx, { environmentId, sessionId: id }, 'refresh token reused')
        await tellStudio(tx, environmentId, 'session.stolen', { player_id, session_id: id })
        await audit(tx, {
          environmentId,
          actor: { kind: 'client' },
          action: 'auth.refresh',
          target: id,
          details: { refused: 'token_reused', player_id },
          requestId: ctx.requestId,
        })
      },
      ended: id => sessionsEnded(ctx, [id]),
    },
    token,
  ).catch(async error => {
    // A ban ends sessions, too: then the game can say why.
    if (playerId !== undefined) await assertNotBanned(ctx, environmentId, ctx.db, playerId)
    throw error
  })
  const owner = { environmentId, playerId: session.player_id, sessionId }
  // Beside the answer: the token is traded already, and nothing may keep its successor from the player.
  meetPlayerAside(ctx, environmentId, session.player_id)
  return {
    session: tokensFor(ctx, owner, refreshToken, lifetimeUntil(session.expires_at, now)),
  }
}

/** Ends the caller's session: its tokens and its sockets are dead everywhere within a second. */
export async function logout(ctx: Ctx): Promise<void> {
  const { environmentId, sessionId } = playerOf(ctx)
  await ctx.db.transaction(tx => revoke(tx, { environmentId, sessionId }, 'logout'))
  sessionsEnded(ctx, [sessionId])
}

const toSession = (row: SessionRow, current: string) => ({
  id: row.id,
  device_name: row.device_name,
  method: row.method,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  current: row.id === current,
})

/** Where the caller is signed in, the latest seen first. */
export async function listOwnSessions(ctx: Ctx) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const rows = await listSessions(environmentId, ctx.db, playerId, ctx.now())
  return { items: rows.map(row => toSession(row, sessionId)), next_cursor: null }
}

/** Gives one of the caller's sessions a name to recognise it by. Throws `not_found`. */
export async function renameOwnSession(ctx: Ctx, sessionId: string, deviceName: string) {
  const { environmentId, playerId, sessionId: current } = playerOf(ctx)
  const session = { playerId, sessionId, deviceName }
  const row = await renameSession(environmentId, ctx.db, session, ctx.now())
  if (row === undefined) throw notFound()
  return { session: toSession(row, current) }
}

/** Ends one of the caller's sessions everywhere within a second. Throws `not_found`. */
export async function endOwn(ctx: Ctx, sessionId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.db.transaction(async tx => {
    const session = { playerId, sessionId, reason: 'ended by the player' }
    if (!(await endOwnSession(environmentId, tx, session, ctx.now()))) throw notFound()
    await announceEnd(tx, { environmentId, playerId, sessionId })
  })
  sessionsEnded(ctx, [sessionId])
}

/** Ends all sessions of the caller, or all but this one. */
export async function endAllOwn(ctx: Ctx, { exceptCurrent }: { exceptCurrent: boolean }) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const how = {
    reason: 'ended by the player',
    ...(exceptCurrent ? { except: sessionId } : {}),
  }
  const ended = await ctx.db.transaction(tx => endSessionsOf(ctx, environmentId, tx, playerId, how))
  sessionsEnded(ctx, ended)
}

/** Refuses a session that has been revoked, from memory while that is fresh, else from the database. */
export async function assertPlayerSession(parts: Parts, environmentId: string, sessionId: string) {
  const isLive = parts.revocations.isFresh()
    ? !parts.revocations.isRevoked(sessionId)
    : await sessionIsLive(environmentId, parts.db, sessionId, parts.now())
  if (!isLive) throw new Problem('session_ended')
}
