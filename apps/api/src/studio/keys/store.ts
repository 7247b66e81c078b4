import { type Db, statement } from '@aethex/shared/db'
import type { KeyScope } from '@aethex/shared/http'

export interface KeyRow {
  environment_id: string
  id: string
  kind: 'publishable' | 'secret'
  name: string
  prefix: string
  scopes: KeyScope[]
  allowed_origins: string[]
  /** Goes up with every change of what the key may do, and where. */
  revision: number
  created_at: Date
  expires_at: Date | null
  revoked_at: Date | null
  last_used_at: Date | null
  rotated_from: string | null
}

const columns = `environment_id, id, kind, name, prefix, scopes, allowed_origins, revision, created_at,
  expires_at, revoked_at, last_used_at, rotated_from`

const insert = statement<KeyRow>(
  'keys.insert',
  `INSERT INTO api_key (environment_id, id, kind, name, prefix, hash, scopes, allowed_origins, expires_at,
     rotated_from)
   VALUES ($1, $2, $3::api_key_kind, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
)
const countLive = statement<{ live: number }>(
  'keys.count_live',
  `SELECT count(*) AS live FROM api_key
   WHERE environment_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
)
const takeTurn = statement<never>(
  'keys.take_turn',
  "SELECT pg_advisory_xact_lock(hashtextextended('keys ' || $1, 0))",
)
const list = statement<KeyRow>(
  'keys.list',
  `SELECT ${columns} FROM api_key WHERE environment_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const lock = statement<KeyRow>(
  'keys.lock',
  `SELECT ${columns} FROM api_key WHERE environment_id = $1 AND id = $2 FOR UPDATE`,
)
const findLive = statement<KeyRow>(
  'keys.find_live',
  `SELECT ${columns} FROM api_key WHERE hash = $1 AND revoked_at IS NULL`,
)
const find = statement<KeyRow>(
  'keys.find',
  `SELECT ${columns} FROM api_key WHERE environment_id = $1 AND id = $2`,
)
const findOpen = statement<{ id: string }>(
  'keys.find_open',
  'SELECT id FROM environment WHERE id = $1 AND deleted_at IS NULL',
)
const change = statement<KeyRow>(
  'keys.change',
  `UPDATE api_key SET name = $3, allowed_origins = $4, expires_at = $5, revision = revision + 1,
     changed_at = now()
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const revoke = statement<KeyRow>(
  'keys.revoke',
  `UPDATE api_key SET revoked_at = coalesce(revoked_at, now())
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)
const touch = statement<never>(
  'keys.touch',
  `UPDATE api_key SET last_used_at = now() WHERE environment_id = $1 AND id = $2
     AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
)

export type NewKeyRow = Pick<
  KeyRow,
  'id' | 'kind' | 'name' | 'prefix' | 'scopes' | 'allowed_origins' | 'expires_at' | 'rotated_from'
> & { hash: Buffer }

export async function addKey(environmentId: string, tx: Db, key: NewKeyRow): Promise<KeyRow> {
  const { id, kind, name, prefix, hash, scopes, allowed_origins, expires_at, rotated_from } = key
  const limits = [scopes, allowed_origins, expires_at, rotated_from]
  const row = await tx.one(insert, [environmentId, id, kind, name, prefix, hash, ...limits])
  if (row === undefined) throw new Error('the key was not inserted')
  return row
}

/** How many keys work, counted while nobody else adds one. */
export async function countLiveKeys(environmentId: string, tx: Db, now: Date): Promise<number> {
  await tx.one(takeTurn, [environmentId])
  return (await tx.one(countLive, [environmentId, now]))?.live ?? 0
}

/** Newest first, after the key `after`. */
export const listKeyRows = (
  environmentId: string,
  db: Db,
  after: string | undefined,
  limit: number,
) => db.all(list, [environmentId, after ?? null, limit])

/** Holds the key until the transaction ends: its changes take turns. */
export const lockKey = (environmentId: string, tx: Db, keyId: string) =>
  tx.one(lock, [environmentId, keyId])

/** The one look-up without a tenant: the hash of a key is what names the tenant. */
export const findLiveKey = (hash: Buffer, db: Db) => db.one(findLive, [hash])

export const findKey = (environmentId: string, db: Db, keyId: string) =>
  db.one(find, [environmentId, keyId])

/** Whether there is such an environment, and it has not been deleted. */
export const environmentIsOpen = async (environmentId: string, db: Db) =>
  (await db.one(findOpen, [environmentId])) !== undefined

/** Writes what may change of a key, and makes every process forget what it remembers of it. */
export const changeKeyRow = (
  environmentId: string,
  tx: Db,
  keyId: string,
  now: Pick<KeyRow, 'name' | 'allowed_origins' | 'expires_at'>,
) => tx.one(change, [environmentId, keyId, now.name, now.allowed_origins, now.expires_at])

export const revokeKeyRow = (environmentId: string, tx: Db, keyId: string) =>
  tx.one(revoke, [environmentId, keyId])

export const touchKey = (environmentId: string, db: Db, keyId: string) =>
  db.one(touch, [environmentId, keyId])
