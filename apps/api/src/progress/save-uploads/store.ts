import { type Db, statement } from '@aethex/shared/db'
import type { PackRow, StoredPart } from '../saves/service.js'
import type { Asked } from './schema.js'

export interface UploadRow {
  environment_id: string
  player_id: string
  upload_id: string
  save_id: string
  size: number
  hash: Buffer
  content_type: string
  part_bytes: number
  part_count: number
  asked: Asked
  direct: boolean
  state: 'open' | 'done'
  expires_at: Date
}

export interface PartRow {
  part: number
  hash: Buffer
  recipe: Buffer
  packs: string[]
}

/** What a part was made of when it was looked at: one that is sent again is made of other packs. */
export type MadeOf = Pick<PartRow, 'part' | 'hash' | 'packs'>

const columns = `environment_id, player_id, upload_id, save_id, size, hash, content_type, part_bytes, part_count, asked,
  direct, state, expires_at`
const packColumns = 'pack_id, born_in, data_key, blocks, chunks, plain_size, stored_size'
const ofPlayer = 'environment_id = $1 AND player_id = $2'
const ofUpload = `${ofPlayer} AND upload_id = $3`

const lockPlayer = statement<{ id: string }>(
  'save_uploads.lock_player',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2 FOR NO KEY UPDATE',
)
const openOnes = statement<{ uploads: number; bytes: number }>(
  'save_uploads.open',
  `SELECT count(*)::int AS uploads, coalesce(sum(size), 0)::bigint AS bytes FROM save_upload
   WHERE ${ofPlayer} AND state = 'open' AND expires_at > $3`,
)
const insert = statement<UploadRow>(
  'save_uploads.insert',
  `INSERT INTO save_upload (environment_id, player_id, upload_id, save_id, size, hash, content_type, part_bytes,
     part_count, asked, direct, created_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING ${columns}`,
)
const find = statement<UploadRow>(
  'save_uploads.find',
  `SELECT ${columns} FROM save_upload WHERE ${ofUpload}`,
)
const lock = statement<UploadRow>(
  'save_uploads.lock',
  `SELECT ${columns} FROM save_upload WHERE ${ofUpload} AND state = 'open' FOR UPDATE`,
)
const partsOf = statement<PartRow>(
  'save_uploads.parts',
  `SELECT part, hash, recipe, packs FROM save_upload_part WHERE ${ofUpload} ORDER BY part`,
)
const madeOf = statement<MadeOf>(
  'save_uploads.made_of',
  `SELECT part, hash, packs FROM save_upload_part WHERE ${ofUpload} ORDER BY part`,
)
const received = statement<{ part: number }>(
  'save_uploads.received',
  `SELECT part FROM save_upload_part WHERE ${ofUpload} ORDER BY part`,
)
const packsOf = statement<PackRow>(
  'save_uploads.packs',
  `SELECT ${packColumns} FROM save_upload_pack WHERE ${ofUpload} ORDER BY part, pack_id`,
)
const partHash = statement<{ hash: Buffer }>(
  'save_uploads.part_hash',
  `SELECT hash FROM save_upload_part WHERE ${ofUpload} AND part = $4`,
)
const insertPart = statement<never>(
  'save_uploads.insert_part',
  `INSERT INTO save_upload_part (environment_id, player_id, upload_id, part, hash, recipe, packs)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
)
const insertPacks = statement<never>(
  'save_uploads.insert_packs',
  `INSERT INTO save_upload_pack (environment_id, player_id, upload_id, part, ${packColumns})
   SELECT $1, $2, $3, $4, p.* FROM unnest($5::uuid[], $6::text[], $7::int[], $8::bytea[], $9::bytea[], $10::bigint[],
     $11::bigint[]) AS p`,
)
// Packs go with their part, but it is they that have objects: so they are asked for first.
const dropPacks = statement<{ pack_id: string }>(
  'save_uploads.drop_packs',
  `DELETE FROM save_upload_pack WHERE ${ofUpload} AND part = ANY($4::int[]) RETURNING pack_id`,
)
const dropParts = statement<never>(
  'save_uploads.drop_parts',
  `DELETE FROM save_upload_part WHERE ${ofUpload} AND part = ANY($4::int[])`,
)
const dropAllParts = statement<never>(
  'save_uploads.drop_all_parts',
  `DELETE FROM save_upload_part WHERE ${ofUpload}`,
)
const close = statement<{ upload_id: string }>(
  'save_uploads.close',
  `UPDATE save_upload SET state = 'done' WHERE ${ofUpload} AND state = 'open' RETURNING upload_id`,
)
const dropAllPacks = statement<{ pack_id: string }>(
  'save_uploads.drop_all_packs',
  `DELETE FROM save_upload_pack WHERE ${ofUpload} RETURNING pack_id`,
)
const remove = statement<{ upload_id: string }>(
  'save_uploads.remove',
  `DELETE FROM save_upload WHERE ${ofUpload} RETURNING upload_id`,
)

/** Holds a player, so that what is counted of theirs stays so for the transaction; false for one who is gone. */
export const holdPlayer = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(lockPlayer, [environmentId, playerId])) !== undefined

/** How many uploads of a player go on, and the bytes they have declared. */
export async function countOpen(environmentId: string, db: Db, playerId: string, now: Date) {
  const row = await db.one(openOnes, [environmentId, playerId, now])
  return row ?? { uploads: 0, bytes: 0 }
}

export type NewUpload = Omit<UploadRow, 'environment_id' | 'player_id' | 'state'> & {
  created_at: Date
}

export const addUpload = (environmentId: string, tx: Db, playerId: string, made: NewUpload) =>
  tx.one(insert, [
    environmentId,
    playerId,
    made.upload_id,
    made.save_id,
    made.size,
    made.hash,
    made.content_type,
    made.part_bytes,
    made.part_count,
    JSON.stringify(made.asked),
    made.direct,
    made.created_at,
    made.expires_at,
  ])

export const findUpload = (environmentId: string, db: Db, playerId: string, uploadId: string) =>
  db.one(find, [environmentId, playerId, uploadId])

/** Holds an upload that goes on, until the transaction ends. */
export const holdUpload = (environmentId: string, tx: Db, playerId: string, uploadId: string) =>
  tx.one(lock, [environmentId, playerId, uploadId])

export const listParts = (environmentId: string, db: Db, playerId: string, uploadId: string) =>
  db.all(partsOf, [environmentId, playerId, uploadId])

export const listReceived = async (
  environmentId: string,
  db: Db,
  playerId: string,
  uploadId: string,
) => (await db.all(received, [environmentId, playerId, uploadId])).map(({ part }) => part)

const isSame = (one: MadeOf, other: MadeOf | undefined) =>
  other !== undefined &&
  one.hash.equals(other.hash) &&
  one.packs.length === other.packs.length &&
  one.packs.every((pack, at) => pack === other.packs[at])

/** Which parts of an upload are others by now than they were, or gone, or new. */
export async function changedSince(
  environmentId: string,
  db: Db,
  playerId: string,
  { uploadId, parts }: { uploadId: string; parts: readonly MadeOf[] },
): Promise<number[]> {
  const rows = await db.all(madeOf, [environmentId, playerId, uploadId])
  const now = new Map(rows.map(row => [row.part, row]))
  const before = new Set(parts.map(({ part }) => part))
  return [
    ...parts.filter(part => !isSame(part, now.get(part.part))).map(({ part }) => part),
    ...rows.filter(({ part }) => !before.has(part)).map(({ part }) => part),
  ]
}

/** The packs that the parts of an upload have put into the store. */
export const listPacks = (environmentId: string, db: Db, playerId: string, uploadId: string) =>
  db.all(packsOf, [environmentId, playerId, uploadId])

interface OfPart {
  uploadId: string
  part: number
}

export const findPartHash = async (
  environmentId: string,
  db: Db,
  playerId: string,
  { uploadId, part }: OfPart,
) => (await db.one(partHash, [environmentId, playerId, uploadId, part]))?.hash

export async function addPart(
  environmentId: string,
  tx: Db,
  playerId: string,
  { uploadId, part }: OfPart,
  { hash, recipe, packIds, newPacks }: StoredPart,
): Promise<void> {
  const which = [environmentId, playerId, uploadId, part]
  await tx.one(insertPart, [...which, hash, recipe, packIds])
  await tx.one(insertPacks, [
    ...which,
    newPacks.map(pack => pack.pack_id),
    newPacks.map(pack => pack.born_in),
    newPacks.map(pack => pack.data_key),
    newPacks.map(pack => pack.blocks),
    newPacks.map(pack => pack.chunks),
    newPacks.map(pack => pack.plain_size),
    newPacks.map(pack => pack.stored_size),
  ])
}

/** Forgets parts of an upload that is held; answers the packs whose objects may go. */
export async function removeParts(
  environmentId: string,
  tx: Db,
  playerId: string,
  { uploadId, parts }: { uploadId: string; parts: readonly number[] },
) {
  const which = [environmentId, playerId, uploadId, parts]
  const packs = await tx.all(dropPacks, which)
  await tx.one(dropParts, which)
  return packs
}

/**
 * Ends an upload whose version is being added: the packs of its parts are the version's from now on. The upload is held
 * before its parts are looked at, as everybody does who takes packs away from it.
 */
export async function closeUpload(
  environmentId: string,
  tx: Db,
  playerId: string,
  made: { uploadId: string; parts: readonly MadeOf[] },
): Promise<'closed' | 'ended' | 'changed'> {
  const which = [environmentId, playerId, made.uploadId]
  if ((await tx.one(lock, which)) === undefined) return 'ended'
  if ((await changedSince(environmentId, tx, playerId, made)).length > 0) return 'changed'
  await tx.one(close, which)
  await tx.one(dropAllParts, which)
  return 'closed'
}

/** Forgets an upload with all its parts, whether it goes on or has become a version; answers the packs whose objects may go. */
export async function removeUpload(
  environmentId: string,
  tx: Db,
  playerId: string,
  uploadId: string,
) {
  const which = [environmentId, playerId, uploadId]
  // The upload is held first: a version that is being made of it comes before, or finds nothing.
  await tx.one(lock, which)
  const packs = await tx.all(dropAllPacks, which)
  await tx.one(remove, which)
  return packs
}
