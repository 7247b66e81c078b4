import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { beginWorld, holdWorld, type WorldRow } from './store.js'

/**
 * The world, held until the transaction ends; the first write of a name begins it.
 * Throws `limit_reached` beyond the worlds that the environment may have.
 */
export async function heldWorld(
  ctx: Ctx,
  tx: Db,
  worldId: string,
  most: number,
): Promise<WorldRow> {
  const environmentId = environmentOf(ctx)
  const known = await holdWorld(environmentId, tx, worldId)
  if (known !== undefined) return known
  const begun = await beginWorld(environmentId, tx, worldId, most)
  if (begun === 'full') {
    throw new Problem('limit_reached', { extensions: { limit: 'most_worlds', allowed: most } })
  }
  const world = await holdWorld(environmentId, tx, worldId)
  if (world === undefined) throw notFound()
  return world
}

/** Who writes: worlds are written by secret keys alone. */
export function keyOf({ actor }: Ctx): string {
  if (actor.kind === 'server') return actor.keyId
  throw new Problem('credential_missing')
}
