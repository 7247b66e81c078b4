import { audit } from '@aethex/shared/audit'
import { accessTtlSeconds, hashRefreshToken, tradeRefreshToken } from '@aethex/shared/auth'
import { announce } from '@aethex/shared/bus'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, environmentOf, type Parts, playerOf } from '../../gateway/context.js'
import {
  addSession,
  endSession,
  lockSession,
  rotateSession,
  sessionIsLive,
} from './session-store.js'

interface SessionOwner {
  environmentId: string
  playerId: string
  sessionId: string
}

const tokensFor = (parts: Parts, owner: SessionOwner, refreshToken: string) => ({
  access_token: parts.tokens.mint({
    kind: 'player+jwt',
    audience: owner.environmentId,
    subject: owner.playerId,
    sessionId: owner.sessionId,
  }),
  refresh_token: refreshToken,
  token_type: 'Bearer' as const,
  expires_in: accessTtlSeconds,
})

/** How a player has just proven who they are. */
export interface Proof {
  /** `password`, `device`, `google`, `oidc:acme`, `custom`, `passkey` … */
  method: string
  /** When a second factor, or a passkey that counts as one, was part of it. */
  secondFactorAt?: Date
}

/** Starts a session for a player who has just proven who they are. Others sign in through `signIn`. */
export async function openSession(ctx: Ctx, tx: Db, playerId: string, proof: Proof) {
  const owner = { environmentId: environmentOf(ctx), playerId, sessionId: uuidv7() }
  const refreshToken = ctx.refresh.mint(owner.sessionId)
  await addSession(owner.environmentId, tx, {
    id: owner.sessionId,
    playerId,
    refreshHash: hashRefreshToken(refreshToken),
    method: proof.method,
    deviceName: ctx.deviceName,
    secondFactorAt: proof.secondFactorAt ?? null,
  })
  return tokensFor(ctx, owner, refreshToken)
}

async function revoke(tx: Db, owner: Omit<SessionOwner, 'playerId'>, reason: string) {
  const { environmentId, sessionId } = owner
  const playerId = await endSession(environmentId, tx, sessionId, reason)
  if (playerId === undefined) return
  await announce(tx, {
    topic: 'session.revoked',
    payload: { environment_id: environmentId, player_id: playerId, session_id: sessionId },
  })
}

function takeEffect(ctx: Ctx, sessionId: string): void {
  ctx.revocations.note(sessionId)
  ctx.outbox.wake()
}

/** Trades a refresh token for a new pair. A token used before ends its session, except within the grace. */
export async function refreshSession(ctx: Ctx, token: string) {
  const environmentId = environmentOf(ctx)
  const { sessionId, session, refreshToken } = await tradeRefreshToken(
    ctx.db,
    ctx.refresh,
    {
      lock: (tx, id) => lockSession(environmentId, tx, id),
      rotate: (tx, id, next) => rotateSession(environmentId, tx, id, next),
      endReused: async (tx, id, { player_id }) => {
        await revoke(tx, { environmentId, sessionId: id }, 'refresh token reused')
        await audit(tx, {
          environmentId,
          actor: { kind: 'client' },
          action: 'auth.refresh',
          target: id,
          details: { refused: 'token_reused', player_id },
          requestId: ctx.requestId,
        })
      },
      ended: id => takeEffect(ctx, id),
    },
    token,
  )
  const owner = { environmentId, playerId: session.player_id, sessionId }
  return { session: tokensFor(ctx, owner, refreshToken) }
}

/** Ends the caller's session: its tokens and its sockets are dead everywhere within a second. */
export async function logout(ctx: Ctx): Promise<void> {
  const { environmentId, sessionId } = playerOf(ctx)
  await ctx.db.transaction(tx => revoke(tx, { environmentId, sessionId }, 'logout'))
  takeEffect(ctx, sessionId)
}

/** Refuses a session that has been revoked, from memory while that is fresh, else from the database. */
export async function assertPlayerSession(parts: Parts, environmentId: string, sessionId: string) {
  const isLive = parts.revocations.isFresh()
    ? !parts.revocations.isRevoked(sessionId)
    : await sessionIsLive(environmentId, parts.db, sessionId)
  if (!isLive) throw new Problem('session_ended')
}
