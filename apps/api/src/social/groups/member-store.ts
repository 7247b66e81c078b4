import { type Db, statement } from '@aethex/shared/db'
import type { GroupRole } from './schema.js'

export interface MemberRow {
  player_id: string
  username: string
  role: GroupRole
  joined_at: Date
}

const columns = `m.player_id, p.username, m.joined_at,
  CASE WHEN g.leader_id = m.player_id THEN 'leader' ELSE m.role::text END AS role`
const members = `group_member m
  JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
  JOIN player_group g ON g.environment_id = m.environment_id AND g.id = m.group_id
  WHERE m.environment_id = $1 AND m.group_id = $2`
const rank = `CASE WHEN g.leader_id = m.player_id THEN 0 WHEN m.role = 'officer' THEN 1 ELSE 2 END`
const micros = '(extract(epoch FROM m.joined_at) * 1000000)::bigint'

const find = statement<MemberRow>(
  'groups.member',
  `SELECT ${columns} FROM ${members} AND m.player_id = $3`,
)
const list = statement<MemberRow & { rank: number; joined_us: number }>(
  'groups.members',
  `SELECT ${columns}, ${rank} AS rank, ${micros} AS joined_us FROM ${members}
     AND (${rank}, ${micros}, m.player_id) > ($3, $4, $5::uuid)
   ORDER BY ${rank}, ${micros}, m.player_id LIMIT $6`,
)
const successor = statement<MemberRow>(
  'groups.successor',
  `SELECT ${columns} FROM ${members} AND m.player_id <> g.leader_id
   ORDER BY m.role, m.joined_at, m.player_id LIMIT 1`,
)
const ids = statement<{ player_id: string }>(
  'groups.member_ids',
  `SELECT m.player_id FROM ${members} LIMIT $3`,
)
const officers = statement<{ player_id: string }>(
  'groups.officer_ids',
  `SELECT m.player_id FROM ${members} AND (m.role = 'officer' OR m.player_id = g.leader_id) LIMIT $3`,
)
const takePlace = statement<{ member_count: number }>(
  'groups.take_place',
  `UPDATE player_group SET member_count = member_count + 1
   WHERE environment_id = $1 AND id = $2 AND member_count < max_members RETURNING member_count`,
)
const givePlace = statement<never>(
  'groups.give_place',
  `UPDATE player_group SET member_count = member_count - 1 WHERE environment_id = $1 AND id = $2`,
)
const insert = statement<never>(
  'groups.add_member',
  `INSERT INTO group_member (environment_id, group_id, player_id, role, joined_at)
   VALUES ($1, $2, $3, $4::group_role, clock_timestamp())`,
)
const setRole = statement<never>(
  'groups.set_role',
  `UPDATE group_member SET role = $4::group_role
   WHERE environment_id = $1 AND group_id = $2 AND player_id = $3`,
)
const remove = statement<{ player_id: string }>(
  'groups.remove_member',
  `DELETE FROM group_member WHERE environment_id = $1 AND group_id = $2 AND player_id = $3
   RETURNING player_id`,
)
const oneAtATime = statement<never>(
  'groups.player_turn',
  "SELECT pg_advisory_xact_lock(hashtextextended('groups ' || $1 || $2, 0))",
)
const count = statement<{ held: number }>(
  'groups.count_of_player',
  'SELECT count(*)::int AS held FROM group_member WHERE environment_id = $1 AND player_id = $2',
)

export const findMember = (environmentId: string, db: Db, groupId: string, playerId: string) =>
  db.one(find, [environmentId, groupId, playerId])

/** Where somebody stands in the list of members. */
export interface MemberPosition {
  rank: number
  joined_us: number
  player_id: string
}
const beforeAll: MemberPosition = {
  rank: -1,
  joined_us: 0,
  player_id: '00000000-0000-0000-0000-000000000000',
}

/** The leader, the officers, the members; longest-serving first. */
export const listMembers = (
  environmentId: string,
  db: Db,
  groupId: string,
  after: MemberPosition | undefined,
  limit: number,
) => {
  const { rank, joined_us, player_id } = after ?? beforeAll
  return db.all(list, [environmentId, groupId, rank, joined_us, player_id, limit])
}

/** Who leads when the leader goes: the longest-serving officer, else the longest-serving member. */
export const findSuccessor = (environmentId: string, tx: Db, groupId: string) =>
  tx.one(successor, [environmentId, groupId])

export const memberIds = async (environmentId: string, db: Db, groupId: string, limit: number) =>
  (await db.all(ids, [environmentId, groupId, limit])).map(row => row.player_id)

export const officerIds = async (environmentId: string, db: Db, groupId: string, limit: number) =>
  (await db.all(officers, [environmentId, groupId, limit])).map(row => row.player_id)

/** Only in a transaction that has locked the group. False when it is full. */
export async function addMember(
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
): Promise<boolean> {
  if ((await tx.one(takePlace, [environmentId, groupId])) === undefined) return false
  await tx.one(insert, [environmentId, groupId, playerId, 'member'])
  return true
}

/** The leader's own row: their place is counted in the group that was just made. */
export const addLeader = (environmentId: string, tx: Db, groupId: string, playerId: string) =>
  tx.one(insert, [environmentId, groupId, playerId, 'officer'])

/** Only in a transaction that has locked the group, and never of its leader. */
export async function removeMember(
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
): Promise<void> {
  const gone = await tx.one(remove, [environmentId, groupId, playerId])
  if (gone !== undefined) await tx.one(givePlace, [environmentId, groupId])
}

export const writeRole = (
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
  role: 'officer' | 'member',
) => tx.one(setRole, [environmentId, groupId, playerId, role])

/** Until the end of the transaction, nothing else counts or adds seats of the player. */
export const takeTurn = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(oneAtATime, [environmentId, playerId])

export const countSeats = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(count, [environmentId, playerId]))?.held ?? 0
