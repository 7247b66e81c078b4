import type { Db } from '@aethex/shared/db'
import { usernameKey } from '../../players/auth/service.js'
import type { GroupRole } from './schema.js'
import { findSeat, type SeatRow } from './store.js'

/** The player's seat in the group of that name, however the name is spelled; undefined for who is no member. */
export const groupSeat = (
  environmentId: string,
  db: Db,
  groupName: string,
  playerId: string,
): Promise<SeatRow | undefined> => findSeat(environmentId, db, usernameKey(groupName), playerId)

/** What the player is in the group of that name; undefined for who is no member, or when there is no such group. */
export async function groupMembership(
  environmentId: string,
  db: Db,
  groupName: string,
  playerId: string,
): Promise<GroupRole | undefined> {
  return (await groupSeat(environmentId, db, groupName, playerId))?.role
}
