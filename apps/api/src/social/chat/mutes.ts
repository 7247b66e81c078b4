import { audit } from '@aethex/shared/audit'
import { once, violatedConstraint } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { addMute, liftMuteRow, listMuteRows, type MuteRow } from './mute-store.js'
import { spelledName } from './place.js'
import type { MutePage, NewMute } from './schema.js'

const isInForce = ({ lifted_at, ends_at }: MuteRow, now: Date) =>
  lifted_at === null && (ends_at === null || ends_at > now)

const toMute = (row: MuteRow, now: Date) => ({
  id: row.id,
  player_id: row.player_id,
  channel: row.channel,
  reason: row.reason,
  public_reason: row.public_reason,
  created_at: row.created_at.toISOString(),
  ends_at: row.ends_at?.toISOString() ?? null,
  muted_by: { kind: row.muted_by_kind, id: row.muted_by_id },
  lifted_at: row.lifted_at?.toISOString() ?? null,
  in_force: isInForce(row, now),
})

/** Keeps a player from writing, in one channel or in all, until a moment or without an end. Throws `not_found`. */
export async function mutePlayer(ctx: Ctx, input: z.output<typeof NewMute>) {
  const environmentId = environmentOf(ctx)
  const by = auditActorOf(ctx)
  const { player_id: playerId, reason, public_reason: publicReason } = input
  const channel = input.channel == null ? input.channel : await spelledName(ctx, input.channel)
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const [id, now] = [uuidv7(), ctx.now()]
      const mute = { id, channel, reason, publicReason, endsAt: input.ends_at, by, now }
      const row = await addMute(environmentId, tx, playerId, mute)
      if (row === undefined) throw new Error('the mute was not written')
      await audit(tx, {
        environmentId,
        actor: by,
        action: 'chat.mute',
        target: playerId,
        details: { mute_id: id, channel: channel ?? null, reason, ends_at: input.ends_at },
        requestId: ctx.requestId,
      })
      return { mute: toMute(row, now) }
    }),
  ).catch(error => {
    const isUnknown = violatedConstraint(error) === 'chat_mute_environment_id_player_id_fkey'
    throw isUnknown ? notFound() : error
  })
}

/** Ends a mute before its time. Throws `not_found`. */
export async function liftMute(ctx: Ctx, muteId: string): Promise<void> {
  const environmentId = environmentOf(ctx)
  await ctx.db.transaction(async tx => {
    const row = await liftMuteRow(environmentId, tx, muteId, ctx.now())
    if (row === undefined) throw notFound()
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'chat.unmute',
      target: row.player_id,
      details: { mute_id: muteId },
      requestId: ctx.requestId,
    })
  })
}

/** All mutes, newest first, of one player or of everybody. */
export async function listMutes(ctx: Ctx, page: z.output<typeof MutePage>) {
  const environmentId = environmentOf(ctx)
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await ctx.db.within(environmentId, tx =>
    listMuteRows(environmentId, tx, page.player_id, before, page.limit + 1),
  )
  return pageOf(
    rows,
    page.limit,
    row => toMute(row, ctx.now()),
    row => row.id,
  )
}
