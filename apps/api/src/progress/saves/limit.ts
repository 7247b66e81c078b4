import type { Problem } from '@aethex/shared/errors'
import { type Agreement, graceMs, withGrace } from '@aethex/shared/tiers'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { saveLimitReached, tellOfSaves } from '../../studio/billing/service.js'
import { findUsed, type SaveLimit } from './store.js'

/** What one player's saves may take by this agreement. */
export function limitBy({ limits }: Agreement, now: Date): SaveLimit {
  const bytes = limits.save_bytes_per_player
  return {
    bytes,
    withGrace: bytes === null ? null : withGrace(bytes),
    now,
    graceOverSince: new Date(now.getTime() - graceMs),
  }
}

/** The limit as this process knows it; a second old at most. */
export const limitOf = async (ctx: Ctx) =>
  limitBy(await ctx.usage.agreement(environmentOf(ctx), ctx.db), ctx.now())

/** What the living head of a slot is made of. */
export interface HeadContent {
  hash: Buffer
  packs: readonly string[]
}

interface Room {
  /** How many bytes the next version of the slot may have. One no larger than what it replaces always has room. */
  bytes: number
  /** What it would replace, if it can be built upon. */
  head: HeadContent | undefined
}

async function lookAt(ctx: Ctx, playerId: string, saveId: string): Promise<Room> {
  const limit = await limitOf(ctx)
  const used = await findUsed(environmentOf(ctx), ctx.db, playerId, saveId)
  const { bytes = 0, over_since: since = null, head_bytes: replaced = 0 } = used ?? {}
  const { head_hash: hash = null, head_packs: packs = null } = used ?? {}
  const head = hash === null || packs === null ? undefined : { hash, packs }
  if (limit.bytes === null || limit.withGrace === null) {
    return { bytes: Number.POSITIVE_INFINITY, head }
  }
  const isGraceOver = since !== null && since <= limit.graceOverSince
  const most = isGraceOver ? limit.bytes : limit.withGrace
  return { bytes: Math.max(replaced, most - bytes + replaced), head }
}

/** How many bytes the next version of a slot may have. */
export const roomFor = async (ctx: Ctx, playerId: string, saveId: string): Promise<number> =>
  (await lookAt(ctx, playerId, saveId)).bytes

/**
 * Refuses bytes that are too much before they are stored: the statement that counts decides, but by then the object
 * would lie there already. Answers what they would replace.
 */
export async function assertRoom(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  size: number,
): Promise<HeadContent | undefined> {
  const { bytes, head } = await lookAt(ctx, playerId, saveId)
  if (size > bytes) throw await limitReached(ctx, playerId, saveId)
  return head
}

/** Says that the saves of a player would grow beyond their limit. */
export async function limitReached(ctx: Ctx, playerId: string, saveId: string): Promise<Problem> {
  const environmentId = environmentOf(ctx)
  const used = await findUsed(environmentId, ctx.db, playerId, saveId)
  return saveLimitReached(ctx, environmentId, used?.bytes ?? 0)
}

/** The warning that an answer carries once the saves of a player come near to their limit. */
export async function warningOf(ctx: Ctx, usedBytes: number): Promise<string | undefined> {
  const { limits } = await ctx.usage.agreement(environmentOf(ctx), ctx.db)
  return tellOfSaves(ctx, environmentOf(ctx), usedBytes, limits.save_bytes_per_player)
}
