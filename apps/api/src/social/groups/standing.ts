import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import type { z } from 'zod'
import { usernamesOf } from '../../players/profiles/service.js'
import { findMember, type MemberRow } from './member-store.js'
import type { Group, GroupRole } from './schema.js'
import { type GroupRow, lockGroup } from './store.js'

const rank: Record<GroupRole, number> = { leader: 2, officer: 1, member: 0 }

export const outranks = (one: GroupRole, other: GroupRole) => rank[one] > rank[other]

export const toGroup = (row: GroupRow): z.infer<typeof Group> => ({
  group_id: row.id,
  name: row.name,
  description: row.description,
  world: row.world,
  admission: row.admission,
  leader_id: row.leader_id,
  max_members: row.max_members,
  member_count: row.member_count,
  created_at: row.created_at.toISOString(),
})

export interface Person {
  player_id: string
  username: string
}

export const named = ({ player_id, username }: Person): Person => ({ player_id, username })

/** Throws `not_found` for a player who is not there. */
export async function personOf(environmentId: string, db: Db, playerId: string): Promise<Person> {
  const username = (await usernamesOf(environmentId, db, [playerId])).get(playerId)
  if (username === undefined) throw notFound()
  return { player_id: playerId, username }
}

export const toMember = ({ player_id, username, role, joined_at }: MemberRow) => ({
  member: { player_id, username, role, joined_at: joined_at.toISOString() },
})

/** The group, held until the end of the transaction. Throws `not_found`. */
export async function holdGroup(environmentId: string, tx: Db, groupId: string): Promise<GroupRow> {
  const group = await lockGroup(environmentId, tx, groupId)
  if (group === undefined) throw notFound()
  return group
}

/** The player's own seat. Throws `forbidden` for who is no member, or stands lower than `least`. */
export async function assertStands(
  environmentId: string,
  db: Db,
  { groupId, playerId }: { groupId: string; playerId: string },
  least: GroupRole,
): Promise<MemberRow> {
  const own = await findMember(environmentId, db, groupId, playerId)
  if (own === undefined || rank[own.role] < rank[least]) throw new Problem('forbidden')
  return own
}
