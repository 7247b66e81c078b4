import type { JsonWebKey } from 'node:crypto'
import { type Db, statement } from '@aethex/shared/db'

export interface StoredKey {
  kid: string
  public_jwk: JsonWebKey
  sealed_private: Buffer
  /** From when on it signs; it is published before. */
  signs_from: Date
  /** Until when it verifies; null while no newer one has taken over. */
  verifies_until: Date | null
}

const list = statement<StoredKey>(
  'signing_keys.list',
  `SELECT kid, public_jwk, sealed_private, signs_from, verifies_until FROM signing_key
   WHERE retired_at IS NULL ORDER BY signs_from DESC, created_at DESC`,
)
// Several processes may want a new key at once; the lock lets one of them make it.
const lock = statement<never>('signing_keys.lock', 'LOCK TABLE signing_key IN EXCLUSIVE MODE')
const insert = statement<{ kid: string }>(
  'signing_keys.insert',
  `INSERT INTO signing_key (kid, public_jwk, sealed_private, created_at, signs_from)
   SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (
     SELECT FROM signing_key WHERE retired_at IS NULL AND signs_from > $6)
   RETURNING kid`,
)
const endOthers = statement<never>(
  'signing_keys.end_others',
  `UPDATE signing_key SET verifies_until = $2
   WHERE kid <> $1 AND retired_at IS NULL AND (verifies_until IS NULL OR verifies_until > $2)`,
)
// The private half is destroyed: nobody can sign with it again, whatever backup they find the master key in.
const retire = statement<{ kid: string }>(
  'signing_keys.retire',
  `UPDATE signing_key SET retired_at = $1, sealed_private = '' WHERE retired_at IS NULL AND verifies_until <= $1
   RETURNING kid`,
)

const clock = statement<{ now: Date }>('signing_keys.clock', 'SELECT now()')

/** The time of the database, which all processes share. */
export async function databaseTime(db: Db): Promise<Date> {
  const row = await db.one(clock, [])
  if (row === undefined) throw new Error('the database does not know the time')
  return row.now
}

/** The keys that are not retired, the one that signs last first. */
export const listKeys = (db: Db): Promise<StoredKey[]> => db.all(list, [])

export interface NewKey {
  kid: string
  publicJwk: JsonWebKey
  sealedPrivate: Buffer
  at: Date
  signsFrom: Date
}

/**
 * Stores a key unless there is one that signs later than `unlessAfter`; the others then verify until `othersUntil`.
 * False when there is.
 */
export const storeKey = (
  db: Db,
  { kid, publicJwk, sealedPrivate, at, signsFrom }: NewKey,
  { unlessAfter, othersUntil }: { unlessAfter: Date; othersUntil: Date },
): Promise<boolean> =>
  db.transaction(async tx => {
    await tx.one(lock, [])
    const values = [kid, JSON.stringify(publicJwk), sealedPrivate, at, signsFrom, unlessAfter]
    if ((await tx.one(insert, values)) === undefined) return false
    await tx.one(endOthers, [kid, othersUntil])
    return true
  })

/** Retires the keys that verify nothing any more: their ids. */
export const retireKeys = async (db: Db, now: Date) =>
  (await db.all(retire, [now])).map(({ kid }) => kid)
