import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import { endSessionsOf, sessionsEnded } from '../auth/service.js'
import { addBan, type BanRow, holdAccount, liftBan, listBans } from '../standing/service.js'

export const isInForce = (ban: BanRow, now: Date) =>
  ban.lifted_at === null && (ban.ends_at === null || ban.ends_at > now)

export const toBan = (row: BanRow, now: Date) => ({
  id: row.id,
  reason: row.reason,
  public_reason: row.public_reason,
  created_at: row.created_at.toISOString(),
  ends_at: row.ends_at?.toISOString() ?? null,
  banned_by: { kind: row.banned_by_kind, id: row.banned_by_id },
  lifted_at: row.lifted_at?.toISOString() ?? null,
  lifted_by:
    row.lifted_by_kind === null ? null : { kind: row.lifted_by_kind, id: row.lifted_by_id },
  lift_reason: row.lift_reason,
  in_force: isInForce(row, now),
})

function endOf(endsAt: string | null, now: Date): Date | null {
  if (endsAt === null) return null
  const end = new Date(endsAt)
  if (end > now) return end
  throw new Problem('invalid_request', {
    detail: '/ends_at: is not in the future',
    errors: [{ pointer: '/ends_at', reason: 'is not in the future' }],
  })
}

/**
 * Bans a player until `ends_at`, or without an end; a ban in force before makes room. Sessions, access tokens and
 * sockets are dead within a second, and no way in opens a new one. Throws `not_found`.
 */
export async function banPlayer(
  ctx: Ctx,
  playerId: string,
  input: { reason: string; public_reason?: string | undefined; ends_at: string | null },
) {
  const environmentId = environmentOf(ctx)
  const now = ctx.now()
  const by = auditActorOf(ctx)
  const endsAt = endOf(input.ends_at, now)
  let ended: string[] = []
  const answer = await ctx.db.within(environmentId, walled =>
    once(walled, ctx.idempotency, async tx => {
      if (!(await holdAccount(environmentId, tx, playerId))) throw notFound()
      await liftBan(environmentId, tx, playerId, { now, by, reason: 'replaced by another ban' })
      const ban = await addBan(environmentId, tx, playerId, {
        id: uuidv7(),
        reason: input.reason,
        publicReason: input.public_reason ?? null,
        now,
        endsAt,
        by,
      })
      ended = await endSessionsOf(ctx, environmentId, tx, playerId, { reason: 'banned' })
      await tellStudio(tx, environmentId, 'player.banned', {
        player_id: playerId,
        reason: input.reason,
        ends_at: endsAt?.toISOString() ?? null,
      })
      await audit(tx, {
        environmentId,
        actor: by,
        action: 'players.ban',
        target: playerId,
        details: { reason: input.reason, ends_at: endsAt?.toISOString() ?? null, ban_id: ban.id },
        requestId: ctx.requestId,
      })
      return { ban: toBan(ban, now) }
    }),
  )
  sessionsEnded(ctx, ended)
  return answer
}

/** Ends the ban in force. Throws `not_found` when there is none. */
export async function unbanPlayer(ctx: Ctx, playerId: string, reason: string): Promise<void> {
  const environmentId = environmentOf(ctx)
  const by = auditActorOf(ctx)
  await ctx.db.within(environmentId, async tx => {
    if (!(await holdAccount(environmentId, tx, playerId))) throw notFound()
    const ban = await liftBan(environmentId, tx, playerId, { now: ctx.now(), by, reason })
    if (ban === undefined) throw notFound()
    await audit(tx, {
      environmentId,
      actor: by,
      action: 'players.unban',
      target: playerId,
      details: { reason, ban_id: ban.id },
      requestId: ctx.requestId,
    })
  })
}

/** Every ban of a player, newest first. */
export async function listPlayerBans(
  ctx: Ctx,
  playerId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const environmentId = environmentOf(ctx)
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await ctx.db.within(environmentId, tx =>
    listBans(environmentId, tx, playerId, before, page.limit + 1),
  )
  return pageOf(
    rows,
    page.limit,
    row => toBan(row, ctx.now()),
    row => row.id,
  )
}
