import type { Blobs } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'

export interface ErasureRow {
  environment_id: string
  id: string
  player_id: string
  reason: string
  requested_by: string
  state: 'pending' | 'done'
  attempts: number
  created_at: Date
  erased_at: Date | null
  verified_at: Date | null
  receipt: string | null
}

const columns = `environment_id, id, player_id, reason, requested_by, state, attempts, created_at,
  erased_at, verified_at, receipt`

// Longer than one attempt takes; after that whoever had it counts as dead.
const leaseSeconds = 300

const insert = statement<ErasureRow>(
  'erasure.insert',
  `INSERT INTO erasure (environment_id, id, player_id, reason, requested_by, token_hash, due_at, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING ${columns}`,
)
const find = statement<ErasureRow>(
  'erasure.find',
  `SELECT ${columns} FROM erasure WHERE environment_id = $1 AND id = $2`,
)
const findByToken = statement<ErasureRow>(
  'erasure.find_by_token',
  `SELECT ${columns} FROM erasure WHERE environment_id = $1 AND token_hash = $2`,
)
const list = statement<ErasureRow>(
  'erasure.list',
  `SELECT ${columns} FROM erasure WHERE environment_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const claim = statement<ErasureRow>(
  'erasure.claim',
  `WITH due AS MATERIALIZED (
     SELECT environment_id, id FROM erasure
     WHERE due_at <= $1 AND (state = 'pending' OR verified_at IS NULL)
     ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
   UPDATE erasure e SET attempts = e.attempts + 1,
     due_at = $1::timestamptz + make_interval(secs => ${leaseSeconds})
   FROM due WHERE e.environment_id = due.environment_id AND e.id = due.id
   RETURNING ${columns
     .split(',')
     .map(name => `e.${name.trim()}`)
     .join(', ')}`,
)
const postpone = statement<never>(
  'erasure.postpone',
  'UPDATE erasure SET due_at = $3 WHERE environment_id = $1 AND id = $2',
)
const finish = statement<never>(
  'erasure.finish',
  `UPDATE erasure SET state = 'done', erased_at = $3, receipt = $4, due_at = $5, attempts = 0
   WHERE environment_id = $1 AND id = $2`,
)
const verified = statement<never>(
  'erasure.verified',
  'UPDATE erasure SET verified_at = $3 WHERE environment_id = $1 AND id = $2',
)
const exists = statement<{ id: string }>(
  'erasure.player_exists',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2',
)
const lastDone = statement<ErasureRow>(
  'erasure.last_done',
  `SELECT ${columns} FROM erasure WHERE environment_id = $1 AND player_id = $2 AND state = 'done'
   ORDER BY erased_at DESC LIMIT 1`,
)
const forgetReceipts = statement<{ key: string }>(
  'erasure.forget_receipts',
  'DELETE FROM idempotency_receipt WHERE starts_with(scope, $1) RETURNING key',
)

export const addErasure = async (
  environmentId: string,
  tx: Db,
  erasure: {
    id: string
    playerId: string
    reason: string
    requestedBy: string
    tokenHash: Buffer
    now: Date
  },
): Promise<ErasureRow> => {
  const { id, playerId, reason, requestedBy, tokenHash, now } = erasure
  const values = [environmentId, id, playerId, reason, requestedBy, tokenHash, now]
  const row = await tx.one(insert, values)
  if (row === undefined) throw new Error('the erasure was not inserted')
  return row
}

export const findErasure = (environmentId: string, db: Db, id: string) =>
  db.one(find, [environmentId, id])

export const findErasureByToken = (environmentId: string, db: Db, tokenHash: Buffer) =>
  db.one(findByToken, [environmentId, tokenHash])

export const listErasures = (
  environmentId: string,
  db: Db,
  before: string | undefined,
  limit: number,
) => db.all(list, [environmentId, before ?? null, limit])

/** One erasure of any tenant that is due, or due for its second look; it is left alone by others for a while. */
export const claimErasure = (db: Db, now: Date) => db.one(claim, [now])

export const postponeErasure = (environmentId: string, db: Db, id: string, until: Date) =>
  db.one(postpone, [environmentId, id, until])

export const finishErasure = (
  environmentId: string,
  tx: Db,
  done: { id: string; at: Date; receipt: string; lookAgainAt: Date },
) => tx.one(finish, [environmentId, done.id, done.at, done.receipt, done.lookAgainAt])

export const markVerified = (environmentId: string, tx: Db, id: string, at: Date) =>
  tx.one(verified, [environmentId, id, at])

export const playerExists = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(exists, [environmentId, playerId])) !== undefined

export const lastErasureOf = (environmentId: string, db: Db, playerId: string) =>
  db.one(lastDone, [environmentId, playerId])

/** The answers kept for repeated requests of the player; answers how many there were. */
export const forgetPlayerReceipts = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forgetReceipts, [`${environmentId}/${playerId} `])).length

const tablesOfPlayers = statement<{ table_name: string }>(
  'erasure.tables_of_players',
  `SELECT c.table_name::text FROM information_schema.columns c
   JOIN information_schema.columns e ON e.table_schema = c.table_schema AND e.table_name = c.table_name
   WHERE c.table_schema = current_schema() AND c.column_name = 'player_id' AND e.column_name = 'environment_id'`,
)

/** Every table that has rows of players, as the database itself knows them, and how many are left of this one. */
export async function countLeft(
  environmentId: string,
  db: Db,
  playerId: string,
  except: readonly string[],
): Promise<Record<string, number>> {
  const left: Record<string, number> = {}
  for (const { table_name: table } of await db.all(tablesOfPlayers, [])) {
    if (except.includes(table)) continue
    // The name comes from the database's own catalogue.
    const count = statement<{ rows: number }>(
      '',
      `SELECT count(*) AS rows FROM "${table}" WHERE environment_id = $1 AND player_id = $2`,
    )
    const rows = (await db.one(count, [environmentId, playerId]))?.rows ?? 0
    if (rows > 0) left[table] = rows
  }
  return left
}

const prefix = 'tombstones/'
const tombstoneKey = (environmentId: string, playerId: string) =>
  `${prefix}${environmentId}/${playerId}`

/** Kept beside the database, so that a database restored from before the erasure is told of it. */
export const putTombstone = (environmentId: string, blobs: Blobs, playerId: string) =>
  blobs.put(tombstoneKey(environmentId, playerId), Buffer.from(new Date().toISOString()))

/** Every tombstone there is: environment and player. */
export async function* listTombstones(blobs: Blobs) {
  for await (const keys of blobs.list(prefix)) {
    for (const key of keys) {
      const [, environmentId, playerId] = key.split('/')
      if (environmentId !== undefined && playerId !== undefined) yield { environmentId, playerId }
    }
  }
}
