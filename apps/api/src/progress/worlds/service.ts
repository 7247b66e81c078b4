import { audit } from '@aethex/shared/audit'
import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { WorldId } from './schema.js'
import { findWorld, listWorlds, markWorldDeleted, type WorldRow } from './store.js'

export { appendToWorld, readEvents } from './journal.js'
export { readSnapshot, type SnapshotCondition, writeSnapshot } from './snapshots.js'

const toWorld = (row: WorldRow) => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

export async function getWorld(ctx: Ctx, worldId: string) {
  const row = await findWorld(environmentOf(ctx), ctx.db, worldId)
  if (row === undefined) throw notFound()
  return { world: toWorld(row) }
}

/** The worlds of the environment by name. */
export async function listAllWorlds(
  ctx: Ctx,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? '' : decodeCursor(WorldId, page.cursor)
  const rows = await listWorlds(environmentOf(ctx), ctx.db, after, page.limit + 1)
  return pageOf(rows, page.limit, toWorld, row => row.world_id)
}

/** Ends a world. Nobody finds it any more; its journal is removed soon, and then its name is free again. */
export async function deleteWorld(ctx: Ctx, worldId: string): Promise<void> {
  const environmentId = environmentOf(ctx)
  await ctx.db.transaction(async tx => {
    if (!(await markWorldDeleted(environmentId, tx, worldId))) throw notFound()
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'worlds.delete',
      target: worldId,
      requestId: ctx.requestId,
    })
  })
}
