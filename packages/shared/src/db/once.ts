import { Problem } from '../errors/index.js'
import type { Db } from './database.js'
import { statement } from './statement.js'

/** What a request's Idempotency-Key stands for. `scope` keeps callers and routes apart. */
export interface IdempotencyClaim {
  scope: string
  key: string
  requestHash: Uint8Array
}

const claim = statement<{ key: string }>(
  'receipts.claim',
  `INSERT INTO idempotency_receipt (scope, key, request_hash) VALUES ($1, $2, $3)
   ON CONFLICT DO NOTHING RETURNING key`,
)
const find = statement<{ request_hash: Buffer; answer: { value: unknown } }>(
  'receipts.find',
  'SELECT request_hash, answer FROM idempotency_receipt WHERE scope = $1 AND key = $2',
)
const keep = statement<never>(
  'receipts.keep',
  'UPDATE idempotency_receipt SET answer = $3 WHERE scope = $1 AND key = $2',
)

/**
 * Runs a write at most once per claim. The receipt commits with the write itself, so a crash leaves both
 * or neither; a concurrent twin waits for the first and is answered with the same value.
 * Without a claim it just runs `work`. The value must survive JSON.
 */
export async function once<T>(
  db: Db,
  idempotency: IdempotencyClaim | undefined,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  if (idempotency === undefined) return work(db)
  const { scope, key, requestHash } = idempotency
  return db.transaction(async tx => {
    if ((await tx.one(claim, [scope, key, requestHash])) === undefined) {
      const receipt = await tx.one(find, [scope, key])
      if (receipt === undefined || !receipt.request_hash.equals(requestHash)) {
        throw new Problem('idempotency_key_reused')
      }
      return receipt.answer.value as T
    }
    const value = await work(tx)
    await tx.one(keep, [scope, key, JSON.stringify({ value })])
    return value
  })
}
