import { type Db, statement } from '@aethex/shared/db'
import type { PackRow } from './packs/content.js'
import { type VersionRow, versionColumns } from './store.js'

/** A version with what its bytes are made of. */
export interface ReadableRow extends VersionRow {
  recipe: Buffer | null
  made_of: PackRow[]
}

/** A slot as a list shows it. */
export interface SlotRow extends VersionRow {
  branch_of: string | null
  branch_version: number | null
}

interface PackColumns {
  born_in: string
  data_key: number
  blocks: Buffer
  chunks?: Buffer
  plain_size: number
  pack_size: number
}

interface BaseColumns {
  pack_id: string
  recipe: Buffer
  hash: Buffer
  size: number
}

/** One row of a version for each of its packs; where it has none, one without a pack. */
interface JoinedRow extends VersionRow, PackColumns {
  recipe: Buffer | null
  pack_id: string | null
}

const slotOfVersion = `v.environment_id = s.environment_id AND v.player_id = s.player_id AND v.save_id = s.save_id`
const headOf = `save_slot s JOIN save_version v ON ${slotOfVersion} AND v.version = s.head_version`
const itsPacks = `LEFT JOIN save_pack p ON p.environment_id = v.environment_id AND p.player_id = v.player_id
  AND p.pack_id = ANY(v.packs)`
const packColumns =
  'p.pack_id, p.born_in, p.data_key, p.blocks, p.plain_size, p.stored_size AS pack_size'

const readHead = statement<JoinedRow>(
  'saves.read_head',
  `SELECT ${versionColumns}, v.recipe, ${packColumns} FROM ${headOf} ${itsPacks}
   WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3`,
)
// A deleted slot shows nothing but its tombstones until it is brought back.
const readVersion = statement<JoinedRow>(
  'saves.read_version',
  `SELECT ${versionColumns}, v.recipe, ${packColumns} FROM save_slot s JOIN save_version v ON ${slotOfVersion} ${itsPacks}
   WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3 AND v.version = $4
     AND (NOT s.deleted OR v.deleted OR $5)`,
)
const head = statement<VersionRow>(
  'saves.head',
  `SELECT ${versionColumns} FROM ${headOf} WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3`,
)
const oneVersion = statement<VersionRow>(
  'saves.version',
  `SELECT ${versionColumns} FROM save_version v
   WHERE v.environment_id = $1 AND v.player_id = $2 AND v.save_id = $3 AND v.version = $4`,
)
const buildOn = statement<PackColumns & BaseColumns>(
  'saves.build_on',
  `SELECT v.recipe, v.hash, v.size, ${packColumns}, p.chunks FROM ${headOf}
   JOIN save_pack p ON p.environment_id = v.environment_id AND p.player_id = v.player_id AND p.pack_id = ANY(v.packs)
   WHERE s.environment_id = $1 AND s.player_id = $2 AND s.save_id = $3 AND NOT s.deleted`,
)
const packsById = statement<PackColumns & { pack_id: string }>(
  'saves.packs',
  `SELECT ${packColumns} FROM save_pack p
   WHERE p.environment_id = $1 AND p.player_id = $2 AND p.pack_id = ANY($3::uuid[])`,
)
const listHeads = statement<SlotRow>(
  'saves.list',
  `SELECT ${versionColumns}, s.branch_of, s.branch_version FROM ${headOf}
   WHERE s.environment_id = $1 AND s.player_id = $2 AND NOT s.deleted AND s.save_id > $3
   ORDER BY s.save_id LIMIT $4`,
)
const history = statement<VersionRow>(
  'saves.history',
  `SELECT ${versionColumns} FROM save_version v
   WHERE v.environment_id = $1 AND v.player_id = $2 AND v.save_id = $3 AND v.version < $4
   ORDER BY v.version DESC LIMIT $5`,
)

const noChunks = Buffer.alloc(0)

const packOf = (pack_id: string, row: PackColumns): PackRow => ({
  pack_id,
  born_in: row.born_in,
  data_key: row.data_key,
  blocks: row.blocks,
  chunks: row.chunks ?? noChunks,
  plain_size: row.plain_size,
  stored_size: row.pack_size,
})

/** The rows of one version, as one. */
function gathered(rows: JoinedRow[]): ReadableRow | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  const made_of = rows.flatMap(row => (row.pack_id === null ? [] : [packOf(row.pack_id, row)]))
  return { ...first, made_of }
}

/** The head of a slot with what its bytes are made of; a tombstone, too. */
export const findReadableHead = async (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
) => gathered(await db.all(readHead, [environmentId, playerId, saveId]))

/**
 * One version with what its bytes are made of. A living version of a deleted slot is found only with `evenDeleted`:
 * by whoever brings it back.
 */
export const findReadableVersion = async (
  environmentId: string,
  db: Db,
  playerId: string,
  {
    saveId,
    version,
    evenDeleted = false,
  }: { saveId: string; version: number; evenDeleted?: boolean },
) => gathered(await db.all(readVersion, [environmentId, playerId, saveId, version, evenDeleted]))

export const findHead = (environmentId: string, db: Db, playerId: string, saveId: string) =>
  db.one(head, [environmentId, playerId, saveId])

export const findVersion = (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
  version: number,
) => db.one(oneVersion, [environmentId, playerId, saveId, version])

/** What a new version of a living slot may share bytes with: its head. */
export async function findBase(environmentId: string, db: Db, playerId: string, saveId: string) {
  const rows = await db.all(buildOn, [environmentId, playerId, saveId])
  const [first] = rows
  if (first === undefined) return undefined
  const { recipe, hash, size } = first
  return { recipe, hash, size, packs: rows.map(row => packOf(row.pack_id, row)) }
}

/** Those of the packs that are still there. */
export const findPacks = async (
  environmentId: string,
  db: Db,
  playerId: string,
  packIds: readonly string[],
) =>
  (await db.all(packsById, [environmentId, playerId, packIds])).map(row => packOf(row.pack_id, row))

/** Living slots by name, after `after`. */
export const listSlots = (
  environmentId: string,
  db: Db,
  playerId: string,
  after: string,
  limit: number,
) => db.all(listHeads, [environmentId, playerId, after, limit])

/** Versions of a slot, newest first, below `before`. */
export const listVersions = (
  environmentId: string,
  db: Db,
  playerId: string,
  saveId: string,
  before: number,
  limit: number,
) => db.all(history, [environmentId, playerId, saveId, before, limit])
