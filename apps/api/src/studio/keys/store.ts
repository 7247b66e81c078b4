import { type Db, statement } from '@aethex/shared/db'
import type { KeyScope } from '@aethex/shared/http'

export interface KeyRow {
  environment_id: string
  id: string
  kind: 'publishable' | 'secret'
  name: string
  prefix: string
  scopes: KeyScope[]
  created_at: Date
  revoked_at: Date | null
}

const columns = 'environment_id, id, kind, name, prefix, scopes, created_at, revoked_at'

const insert = statement<KeyRow>(
  'keys.insert',
  `INSERT INTO api_key (environment_id, id, kind, name, prefix, hash, scopes)
   VALUES ($1, $2, $3::api_key_kind, $4, $5, $6, $7) RETURNING ${columns}`,
)
const list = statement<KeyRow>(
  'keys.list',
  `SELECT ${columns} FROM api_key WHERE environment_id = $1 ORDER BY created_at DESC LIMIT 200`,
)
const findLive = statement<KeyRow>(
  'keys.find_live',
  `SELECT ${columns} FROM api_key WHERE hash = $1 AND revoked_at IS NULL`,
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

export type NewKeyRow = Pick<KeyRow, 'id' | 'kind' | 'name' | 'prefix' | 'scopes'> & {
  hash: Buffer
}

export async function addKey(environmentId: string, tx: Db, key: NewKeyRow): Promise<KeyRow> {
  const { id, kind, name, prefix, hash, scopes } = key
  const row = await tx.one(insert, [environmentId, id, kind, name, prefix, hash, scopes])
  if (row === undefined) throw new Error('the key was not inserted')
  return row
}

export const listKeyRows = (environmentId: string, db: Db) => db.all(list, [environmentId])

/** The one look-up without a tenant: the hash of a key is what names the tenant. */
export const findLiveKey = (hash: Buffer, db: Db) => db.one(findLive, [hash])

export const revokeKeyRow = (environmentId: string, tx: Db, keyId: string) =>
  tx.one(revoke, [environmentId, keyId])

export const touchKey = (environmentId: string, db: Db, keyId: string) =>
  db.one(touch, [environmentId, keyId])
