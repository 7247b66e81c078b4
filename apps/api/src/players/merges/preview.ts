import { notFound } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { playerData } from '../../player-data.js'
import { findPlayer } from '../auth/service.js'
import { mintMergeToken } from './proof.js'

/** What one account holds, for its player to recognise and to choose by. */
async function describe(ctx: Ctx, playerId: string) {
  const environmentId = environmentOf(ctx)
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw notFound()
  const holds: Record<string, unknown> = {}
  for (const { name, mergeable } of playerData) {
    if (mergeable !== undefined)
      holds[name] = await mergeable.describe(ctx, environmentId, playerId)
  }
  const { id, username, avatar_url, created_at } = player
  return { id, username, avatar_url, created_at: created_at.toISOString(), holds }
}

/**
 * What a merge of the caller's account with one that they have proven, too, would bring together, and the token that
 * carries it out.
 */
export async function offerMerge(ctx: Ctx, theirs: string) {
  const { playerId } = playerOf(ctx)
  const preview = { mine: await describe(ctx, playerId), theirs: await describe(ctx, theirs) }
  return { ...(await mintMergeToken(ctx, theirs)), preview }
}
