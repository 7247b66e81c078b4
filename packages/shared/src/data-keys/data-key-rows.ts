import { type Db, statement } from '../db/index.js'
import type { Wrap } from './master-keys.js'

/** A data key as it is stored. */
export interface StoredDataKey {
  environment_id: string
  key_id: number
  wrapped: Buffer
  master_key_id: string
}

const columns = 'environment_id, key_id, wrapped, master_key_id'

const newest = statement<StoredDataKey>(
  'data_keys.newest',
  `SELECT ${columns} FROM data_key WHERE environment_id = $1 ORDER BY key_id DESC LIMIT 1`,
)
const find = statement<StoredDataKey>(
  'data_keys.find',
  `SELECT ${columns} FROM data_key WHERE environment_id = $1 AND key_id = $2`,
)
// Of many that make the same number at once one succeeds, and the others wait until it has.
const insert = statement<{ key_id: number }>(
  'data_keys.insert',
  `INSERT INTO data_key (environment_id, key_id, wrapped, master_key_id) VALUES ($1, $2, $3, $4)
   ON CONFLICT DO NOTHING RETURNING key_id`,
)
const retireBefore = statement<never>(
  'data_keys.retire_before',
  `UPDATE data_key SET retired_at = now()
   WHERE environment_id = $1 AND key_id < $2 AND retired_at IS NULL`,
)
const notUnder = statement<StoredDataKey>(
  'data_keys.not_under',
  `SELECT ${columns} FROM data_key
   WHERE master_key_id <> $1 AND (environment_id, key_id) > ($2::uuid, $3::int)
   ORDER BY environment_id, key_id LIMIT $4`,
)
const countNotUnder = statement<{ keys: number }>(
  'data_keys.count_not_under',
  'SELECT count(*) AS keys FROM data_key WHERE master_key_id <> $1',
)
// The wrap that was opened must still be the one in the row: another run may have been there.
const replace = statement<{ key_id: number }>(
  'data_keys.replace',
  `UPDATE data_key d SET wrapped = n.wrapped, master_key_id = n.master_key_id
   FROM unnest($1::uuid[], $2::int[], $3::bytea[], $4::bytea[], $5::text[])
     AS n (environment_id, key_id, was, wrapped, master_key_id)
   WHERE d.environment_id = n.environment_id AND d.key_id = n.key_id AND d.wrapped = n.was
   RETURNING d.key_id`,
)
const madeBefore = statement<{ environment_id: string; key_id: number }>(
  'data_keys.made_before',
  `SELECT environment_id, max(key_id) AS key_id FROM data_key WHERE environment_id > $1
   GROUP BY environment_id HAVING max(created_at) < $2 ORDER BY environment_id LIMIT $3`,
)
const clock = statement<{ now: Date }>('data_keys.clock', 'SELECT now() AS now')

/** The key that seals what is written now. */
export const newestDataKey = (environmentId: string, db: Db) => db.one(newest, [environmentId])

export const findDataKey = (environmentId: string, keyId: number, db: Db) =>
  db.one(find, [environmentId, keyId])

/** False when there is a key of that number already. */
export const insertDataKey = async (
  environmentId: string,
  keyId: number,
  { wrapped, masterKeyId }: Wrap,
  db: Db,
): Promise<boolean> =>
  (await db.one(insert, [environmentId, keyId, wrapped, masterKeyId])) !== undefined

/** Notes since when the keys before `keyId` seal nothing new. */
export const retireDataKeysBefore = async (environmentId: string, keyId: number, db: Db) =>
  void (await db.one(retireBefore, [environmentId, keyId]))

/** The next keys, of any environment, that another master key has wrapped. */
export const dataKeysNotUnder = (
  masterKeyId: string,
  after: Pick<StoredDataKey, 'environment_id' | 'key_id'>,
  limit: number,
  db: Db,
) => db.all(notUnder, [masterKeyId, after.environment_id, after.key_id, limit])

export const countDataKeysNotUnder = async (masterKeyId: string, db: Db): Promise<number> =>
  (await db.one(countNotUnder, [masterKeyId]))?.keys ?? 0

/** Answers how many were still as they were read. */
export const replaceWraps = async (
  changes: readonly { row: StoredDataKey; wrap: Wrap }[],
  db: Db,
): Promise<number> => {
  const replaced = await db.all(replace, [
    changes.map(({ row }) => row.environment_id),
    changes.map(({ row }) => row.key_id),
    changes.map(({ row }) => row.wrapped),
    changes.map(({ wrap }) => Buffer.from(wrap.wrapped)),
    changes.map(({ wrap }) => wrap.masterKeyId),
  ])
  return replaced.length
}

/** The next environments whose newest key is older than that, with its number. */
export const newestMadeBefore = (before: Date, afterEnvironmentId: string, limit: number, db: Db) =>
  db.all(madeBefore, [afterEnvironmentId, before, limit])

export async function databaseTime(db: Db): Promise<Date> {
  const row = await db.one(clock, [])
  return row?.now ?? new Date()
}
