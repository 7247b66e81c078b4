import { type Db, statement } from '@aethex/shared/db'

export interface ProviderRow {
  name: string
  client_id: string
  sealed_secret: Buffer | null
  issuer: string | null
  scopes: string[]
  native_client_ids: string[]
  enabled: boolean
  updated_at: Date
}

const columns =
  'name, client_id, sealed_secret, issuer, scopes, native_client_ids, enabled, updated_at'

const find = statement<ProviderRow>(
  'oauth.find_provider',
  `SELECT ${columns} FROM auth_provider WHERE environment_id = $1 AND name = $2`,
)
const lock = statement<ProviderRow>(
  'oauth.lock_provider',
  `SELECT ${columns} FROM auth_provider WHERE environment_id = $1 AND name = $2 FOR UPDATE`,
)
const list = statement<ProviderRow>(
  'oauth.list_providers',
  `SELECT ${columns} FROM auth_provider WHERE environment_id = $1 ORDER BY name`,
)
const write = statement<ProviderRow>(
  'oauth.write_provider',
  `INSERT INTO auth_provider
     (environment_id, name, client_id, sealed_secret, issuer, scopes, native_client_ids, enabled)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (environment_id, name) DO UPDATE SET client_id = excluded.client_id,
     sealed_secret = excluded.sealed_secret, issuer = excluded.issuer, scopes = excluded.scopes,
     native_client_ids = excluded.native_client_ids, enabled = excluded.enabled, updated_at = now()
   RETURNING ${columns}`,
)
const remove = statement<{ name: string }>(
  'oauth.remove_provider',
  'DELETE FROM auth_provider WHERE environment_id = $1 AND name = $2 RETURNING name',
)

export const findProvider = (environmentId: string, db: Db, name: string) =>
  db.one(find, [environmentId, name])

/** The provider, which nobody else changes until the transaction ends. */
export const lockProvider = (environmentId: string, tx: Db, name: string) =>
  tx.one(lock, [environmentId, name])

export const listProviderRows = (environmentId: string, db: Db) => db.all(list, [environmentId])

export async function writeProvider(
  environmentId: string,
  tx: Db,
  row: Omit<ProviderRow, 'updated_at'>,
): Promise<ProviderRow> {
  const written = await tx.one(write, [
    environmentId,
    row.name,
    row.client_id,
    row.sealed_secret,
    row.issuer,
    row.scopes,
    row.native_client_ids,
    row.enabled,
  ])
  if (written === undefined) throw new Error('the provider was not written')
  return written
}

/** False when there was none. */
export const removeProvider = async (environmentId: string, tx: Db, name: string) =>
  (await tx.one(remove, [environmentId, name])) !== undefined
