import type { JsonWebKey } from 'node:crypto'
import { type Db, statement } from '@aethex/shared/db'

export interface StoredKey {
  kid: string
  public_jwk: JsonWebKey
  sealed_private: Buffer
}

const list = statement<StoredKey>(
  'signing_keys.list',
  'SELECT kid, public_jwk, sealed_private FROM signing_key WHERE retired_at IS NULL ORDER BY created_at DESC',
)
// Several first processes may start at once; the lock lets one of them make the key.
const lock = statement<never>('signing_keys.lock', 'LOCK TABLE signing_key IN EXCLUSIVE MODE')
const insertFirst = statement<never>(
  'signing_keys.insert_first',
  `INSERT INTO signing_key (kid, public_jwk, sealed_private)
   SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM signing_key WHERE retired_at IS NULL)`,
)

/** The keys that verify, newest first: the first one signs. */
export const listKeys = (db: Db): Promise<StoredKey[]> => db.all(list, [])

export const storeFirstKey = (db: Db, key: StoredKey): Promise<void> =>
  db.transaction(async tx => {
    await tx.one(lock, [])
    await tx.one(insertFirst, [key.kid, JSON.stringify(key.public_jwk), key.sealed_private])
  })
