import { type Db, sqlState, statement } from '@aethex/shared/db'

/** Where a version lies. */
export interface VersionPlace {
  player_id: string
  save_id: string
  version: number
}

/** A version as a walk over all of an environment meets it. */
export interface WalkedVersion extends VersionPlace {
  deleted: boolean
  content_type: string | null
  schema_version: number
  size: number
  migrated_from: number | null
}

const columns =
  'v.player_id, v.save_id, v.version, v.deleted, v.content_type, v.schema_version, v.size, v.migrated_from'
const headOf = `save_slot s JOIN save_version v ON v.environment_id = s.environment_id AND v.player_id = s.player_id
  AND v.save_id = s.save_id AND v.version = s.head_version`

const versions = statement<WalkedVersion>(
  'saves.walk_versions',
  `SELECT ${columns} FROM save_version v
   WHERE v.environment_id = $1 AND (v.player_id, v.save_id, v.version) > ($2, $3, $4)
   ORDER BY v.player_id, v.save_id, v.version LIMIT $5`,
)
const heads = statement<WalkedVersion>(
  'saves.walk_heads',
  `SELECT ${columns} FROM ${headOf}
   WHERE s.environment_id = $1 AND (s.player_id, s.save_id) > ($2, $3) AND NOT s.deleted
   ORDER BY s.player_id, s.save_id LIMIT $4`,
)
const head = statement<WalkedVersion>(
  'saves.walk_head',
  `SELECT ${columns} FROM ${headOf} WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3`,
)
const countVersions = statement<{ count: number }>(
  'saves.walk_count_versions',
  'SELECT count(*) FROM save_version WHERE environment_id = $1',
)
const countHeads = statement<{ count: number }>(
  'saves.walk_count_heads',
  'SELECT count(*) FROM save_slot WHERE environment_id = $1 AND NOT deleted',
)

const beforeAll: VersionPlace = {
  player_id: '00000000-0000-0000-0000-000000000000',
  save_id: '',
  version: 0,
}

/** Every version of an environment that is kept, those of deleted slots included. */
export const versionsAfter = (
  environmentId: string,
  db: Db,
  after: VersionPlace | undefined,
  limit: number,
) => {
  const { player_id, save_id, version } = after ?? beforeAll
  return db.all(versions, [environmentId, player_id, save_id, version, limit])
}

/** The heads of an environment's living slots. */
export const headsAfter = (
  environmentId: string,
  db: Db,
  after: VersionPlace | undefined,
  limit: number,
) => {
  const { player_id, save_id } = after ?? beforeAll
  return db.all(heads, [environmentId, player_id, save_id, limit])
}

/** The head of a slot, a tombstone included. */
export const headAt = (environmentId: string, db: Db, { player_id, save_id }: VersionPlace) =>
  db.one(head, [environmentId, player_id, save_id])

const tookTooLong = '57014'

/** Undefined where there are too many to count while somebody waits. */
export async function countStored(
  environmentId: string,
  db: Db,
  which: 'versions' | 'heads',
): Promise<number | undefined> {
  try {
    return (await db.one(which === 'heads' ? countHeads : countVersions, [environmentId]))?.count
  } catch (error) {
    if (sqlState(error) === tookTooLong) return undefined
    throw error
  }
}
