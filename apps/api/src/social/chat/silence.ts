import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { addSilence, listSilenced, removeSilence } from './people-store.js'

const mostSilenced = 500

/** From now on the player does not read that other one. The other is not told. Throws `not_found`, `limit_reached`. */
export async function silencePlayer(ctx: Ctx, otherId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  if (otherId === playerId) throw new Problem('forbidden')
  await ctx.db.transaction(async tx => {
    if (!(await addSilence(environmentId, tx, playerId, otherId, ctx.now()))) throw notFound()
    const all = await listSilenced(environmentId, tx, playerId)
    if (all.length > mostSilenced) {
      throw new Problem('limit_reached', { extensions: { allowed: mostSilenced } })
    }
  })
}

/** Succeeds, too, for who was not silenced. Throws `not_found`. */
export async function unsilencePlayer(ctx: Ctx, otherId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const names = await usernamesOf(environmentId, ctx.db, [otherId])
  if (!names.has(otherId)) throw notFound()
  await removeSilence(environmentId, ctx.db, playerId, otherId)
}

/** Whom the player does not want to read, newest first. */
export async function listSilencedPlayers(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const rows = await listSilenced(environmentId, ctx.db, playerId)
  return { items: rows.map(row => ({ ...row, created_at: row.created_at.toISOString() })) }
}
