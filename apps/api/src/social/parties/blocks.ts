import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { blocksAround } from '../friends/service.js'
import type { HeldParty } from './standing.js'

/** Who blocks, or is blocked by, one of the members does not find the party. Throws `not_found`. */
export async function assertNoBlock(
  environmentId: string,
  db: Db,
  playerId: string,
  { members }: Pick<HeldParty, 'members'>,
): Promise<void> {
  const blocked = new Set(await blocksAround(environmentId, db, playerId))
  if (members.some(member => blocked.has(member.player_id))) throw notFound()
}
