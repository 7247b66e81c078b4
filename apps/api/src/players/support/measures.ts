import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import {
  assertNameAllowed,
  endSessionsOf,
  findPlayer,
  mintCode,
  renamePlayer,
  sessionsEnded,
} from '../auth/service.js'
import { demandPasswordReset, holdAccount } from '../standing/service.js'
import { playerHasPassword } from './store.js'

/** Writes down what was done to a player, and why. */
const note = (
  ctx: Ctx,
  tx: Db,
  deed: { action: string; playerId: string; details: Record<string, string | number | boolean> },
) =>
  audit(tx, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    action: deed.action,
    target: deed.playerId,
    details: deed.details,
    requestId: ctx.requestId,
  })

/** Ends all sessions of a player everywhere within a second. Throws `not_found`. */
export async function revokeSessions(ctx: Ctx, playerId: string, reason: string) {
  const environmentId = environmentOf(ctx)
  const ended = await ctx.db.within(environmentId, async tx => {
    if (!(await holdAccount(environmentId, tx, playerId))) throw notFound()
    const how = { reason: 'ended by support' }
    const ids = await endSessionsOf(ctx, environmentId, tx, playerId, how)
    const details = { reason, ended: ids.length }
    await note(ctx, tx, { action: 'players.revoke_sessions', playerId, details })
    return ids
  })
  sessionsEnded(ctx, ended)
  return { ended: ended.length }
}

/**
 * Makes the player's password worthless until they set another by letter, and ends their sessions; other ways in stay
 * open. Throws `not_found`, and `forbidden` when there is no password.
 */
export async function forcePasswordReset(ctx: Ctx, playerId: string, reason: string) {
  const environmentId = environmentOf(ctx)
  const { ended, mailed } = await ctx.db.within(environmentId, async tx => {
    if (!(await holdAccount(environmentId, tx, playerId))) throw notFound()
    if (!(await playerHasPassword(environmentId, tx, playerId))) {
      throw new Problem('forbidden', { detail: 'The account has no password.' })
    }
    await demandPasswordReset(environmentId, tx, playerId, ctx.now())
    const how = { reason: 'password reset demanded' }
    const ids = await endSessionsOf(ctx, environmentId, tx, playerId, how)
    const wasMailed = await mailReset(ctx, tx, playerId)
    const details = { reason, ended: ids.length, mailed: wasMailed }
    await note(ctx, tx, { action: 'players.force_password_reset', playerId, details })
    return { ended: ids, mailed: wasMailed }
  })
  sessionsEnded(ctx, ended)
  return { ended: ended.length, mailed }
}

async function mailReset(ctx: Ctx, tx: Db, playerId: string): Promise<boolean> {
  const environmentId = environmentOf(ctx)
  const player = await findPlayer(environmentId, tx, playerId)
  if (player === undefined || player.email === null) return false
  return ctx.mail.queue(tx, {
    environmentId,
    to: player.email,
    template: 'reset_password',
    errand: 'reset_password',
    values: { code: mintCode() },
  })
}

/** Gives a player another name. Throws `not_found`, `username_taken`, and `invalid_request` for a name nobody may have. */
export async function moderateName(
  ctx: Ctx,
  playerId: string,
  input: { username: string; reason: string },
) {
  const environmentId = environmentOf(ctx)
  const { username, reason } = input
  await ctx.db.within(environmentId, async tx => {
    const player = await findPlayer(environmentId, tx, playerId)
    if (player === undefined) throw notFound()
    await assertNameAllowed(environmentId, tx, username)
    await renamePlayer(environmentId, tx, playerId, username)
    const details = { reason, from: player.username, to: username }
    await note(ctx, tx, { action: 'players.rename', playerId, details })
  })
  return { id: playerId, username }
}
