import { type Db, statement } from '@aethex/shared/db'
import type { z } from 'zod'
import type { Admission, GroupRole } from './schema.js'

export interface GroupRow {
  id: string
  name: string
  description: string
  world: string
  admission: z.infer<typeof Admission>
  leader_id: string
  max_members: number
  member_count: number
  version: number
  created_at: Date
}

export interface SeatRow {
  group_id: string
  /** As the group spells itself. */
  name: string
  world: string
  role: GroupRole
}

const columns = `g.id, g.name, g.description, g.world, g.admission::text AS admission, g.leader_id, g.max_members,
  g.member_count, g.version, g.created_at`
const roleOf = `CASE WHEN g.leader_id = m.player_id THEN 'leader' ELSE m.role::text END`
const seats =
  'player_group g JOIN group_member m ON m.environment_id = g.environment_id AND m.group_id = g.id'

const find = statement<GroupRow>(
  'groups.find',
  `SELECT ${columns} FROM player_group g WHERE g.environment_id = $1 AND g.id = $2`,
)
const findSome = statement<GroupRow>(
  'groups.find_some',
  `SELECT ${columns} FROM player_group g WHERE g.environment_id = $1 AND g.id = ANY($2::uuid[])`,
)
const lock = statement<GroupRow>('groups.lock', `${find.text} FOR NO KEY UPDATE`)
const seat = statement<SeatRow>(
  'groups.seat',
  `SELECT g.id AS group_id, g.name, g.world, ${roleOf} AS role FROM ${seats}
   WHERE g.environment_id = $1 AND g.name_key = $2 AND m.player_id = $3`,
)
const insert = statement<GroupRow>(
  'groups.insert',
  `INSERT INTO player_group AS g (environment_id, id, name, name_key, name_skeleton, description, world, admission,
     leader_id, max_members, member_count, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8::group_admission, $9, $10, 1, $11) RETURNING ${columns}`,
)
const change = statement<GroupRow>(
  'groups.change',
  `UPDATE player_group g SET name = coalesce($3, name), name_key = coalesce($4, name_key),
     name_skeleton = coalesce($5, name_skeleton), description = coalesce($6, description),
     world = coalesce($7, world), admission = coalesce($8::group_admission, admission),
     max_members = coalesce($9, max_members), version = version + 1
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const lead = statement<GroupRow>(
  'groups.lead',
  `UPDATE player_group g SET leader_id = $3, version = version + 1
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const remove = statement<never>(
  'groups.remove',
  'DELETE FROM player_group WHERE environment_id = $1 AND id = $2',
)
// A prefix as a range: there is no pattern in which % and _ could mean something, and the unique index, which compares
// byte by byte, finds its rows. U+10FFFF is no character and stands behind all that are.
const search = statement<GroupRow & { name_key: string }>(
  'groups.search',
  `SELECT ${columns}, g.name_key FROM player_group g
   WHERE g.environment_id = $1 AND g.name_key >= $2 AND g.name_key < $2 || U&'\\+10FFFF'
     AND g.name_key > $3 AND ($4::text IS NULL OR g.world = $4)
   ORDER BY g.name_key LIMIT $5`,
)
const ofPlayer = statement<GroupRow & { role: GroupRole; joined_at: Date }>(
  'groups.of_player',
  `SELECT ${columns}, ${roleOf} AS role, m.joined_at FROM ${seats}
   WHERE m.environment_id = $1 AND m.player_id = $2 ORDER BY m.joined_at, g.id`,
)

export const findGroup = (environmentId: string, db: Db, groupId: string) =>
  db.one(find, [environmentId, groupId])

export const findSomeGroups = (environmentId: string, db: Db, groupIds: readonly string[]) =>
  db.all(findSome, [environmentId, groupIds])

/** The group, and until the end of the transaction nobody else changes it or who belongs to it. */
export const lockGroup = (environmentId: string, tx: Db, groupId: string) =>
  tx.one(lock, [environmentId, groupId])

export const findSeat = (environmentId: string, db: Db, nameKey: string, playerId: string) =>
  db.one(seat, [environmentId, nameKey, playerId])

/** A name as it is kept: as written, as compared, and as it looks. */
export interface KeptName {
  name: string
  key: string
  skeleton: string
}

/** Its leader must be added as a member before the transaction ends. */
export async function addGroup(
  environmentId: string,
  tx: Db,
  group: Pick<
    GroupRow,
    'id' | 'description' | 'world' | 'admission' | 'leader_id' | 'max_members' | 'created_at'
  >,
  { name, key, skeleton }: KeptName,
): Promise<GroupRow> {
  const { id, description, world, admission, leader_id, max_members, created_at } = group
  const values = [environmentId, id, name, key, skeleton, description, world, admission]
  const row = await tx.one(insert, [...values, leader_id, max_members, created_at])
  if (row === undefined) throw new Error('the group was not inserted')
  return row
}

export interface GroupPatch {
  name?: KeptName | undefined
  description?: string | undefined
  world?: string | undefined
  admission?: GroupRow['admission'] | undefined
  max_members?: number | undefined
}

export const changeGroup = (environmentId: string, tx: Db, groupId: string, patch: GroupPatch) => {
  const { name, description, world, admission, max_members } = patch
  const named = [name?.name ?? null, name?.key ?? null, name?.skeleton ?? null]
  const others = [description ?? null, world ?? null, admission ?? null, max_members ?? null]
  return tx.one(change, [environmentId, groupId, ...named, ...others])
}

export const giveLead = (environmentId: string, tx: Db, groupId: string, playerId: string) =>
  tx.one(lead, [environmentId, groupId, playerId])

export const removeGroup = (environmentId: string, tx: Db, groupId: string) =>
  tx.one(remove, [environmentId, groupId])

/** Groups by name, behind `after`. */
export const searchGroups = (
  environmentId: string,
  db: Db,
  { prefix, world, after }: { prefix: string; world: string | undefined; after: string },
  limit: number,
) => db.all(search, [environmentId, prefix, after, world ?? null, limit])

export const groupsOf = (environmentId: string, db: Db, playerId: string) =>
  db.all(ofPlayer, [environmentId, playerId])
