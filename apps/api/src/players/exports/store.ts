import type { Readable } from 'node:stream'
import type { Blobs } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'

export interface ExportRow {
  environment_id: string
  id: string
  player_id: string
  state: 'pending' | 'ready' | 'failed'
  requested_by: string
  attempts: number
  created_at: Date
  ready_at: Date | null
  expires_at: Date | null
  size: number | null
  sha256: Buffer | null
}

const columns = `environment_id, id, player_id, state, requested_by, attempts, created_at, ready_at,
  expires_at, size, sha256`

// One at a time for each player: asking again answers the one that is under way.
const insert = statement<ExportRow>(
  'exports.insert',
  `INSERT INTO player_export (environment_id, id, player_id, requested_by, due_at, created_at)
   SELECT $1, $2, $3, $4, $5, $5 WHERE NOT EXISTS (SELECT FROM player_export
     WHERE environment_id = $1 AND player_id = $3 AND state = 'pending')
   RETURNING ${columns}`,
)
const takeTurn = statement<never>(
  'exports.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const pending = statement<ExportRow>(
  'exports.pending',
  `SELECT ${columns} FROM player_export
   WHERE environment_id = $1 AND player_id = $2 AND state = 'pending'`,
)
const find = statement<ExportRow>(
  'exports.find',
  `SELECT ${columns} FROM player_export WHERE environment_id = $1 AND player_id = $2 AND id = $3`,
)
const listOf = statement<ExportRow>(
  'exports.list',
  `SELECT ${columns} FROM player_export WHERE environment_id = $1 AND player_id = $2
   ORDER BY id DESC LIMIT 100`,
)
const claim = statement<ExportRow>(
  'exports.claim',
  `WITH due AS MATERIALIZED (
     SELECT environment_id, id FROM player_export WHERE state = 'pending' AND due_at <= $1
     ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
   UPDATE player_export e SET attempts = e.attempts + 1,
     due_at = $1::timestamptz + make_interval(secs => 600)
   FROM due WHERE e.environment_id = due.environment_id AND e.id = due.id
   RETURNING e.environment_id, e.id, e.player_id, e.state, e.requested_by, e.attempts, e.created_at,
     e.ready_at, e.expires_at, e.size, e.sha256`,
)
const finish = statement<never>(
  'exports.finish',
  `UPDATE player_export SET state = 'ready', ready_at = $3, expires_at = $4, size = $5, sha256 = $6
   WHERE environment_id = $1 AND id = $2`,
)
const postpone = statement<never>(
  'exports.postpone',
  `UPDATE player_export SET due_at = $3, state = CASE WHEN attempts >= 5 THEN 'failed'::export_state
     ELSE state END WHERE environment_id = $1 AND id = $2`,
)
const expired = statement<ExportRow>(
  'exports.expired',
  `DELETE FROM player_export WHERE expires_at <= $1 RETURNING ${columns}`,
)
const removeAll = statement<{ id: string }>(
  'exports.remove_all',
  'DELETE FROM player_export WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)

export interface NewExport {
  id: string
  playerId: string
  requestedBy: string
  now: Date
}

/** The export that was made, or the one that is under way. */
export async function addExport(
  environmentId: string,
  tx: Db,
  { id, playerId, requestedBy, now }: NewExport,
): Promise<ExportRow> {
  await tx.one(takeTurn, [`export ${environmentId} ${playerId}`])
  const made = await tx.one(insert, [environmentId, id, playerId, requestedBy, now])
  const row = made ?? (await tx.one(pending, [environmentId, playerId]))
  if (row === undefined) throw new Error('there is no export')
  return row
}

export const findExport = (environmentId: string, db: Db, playerId: string, id: string) =>
  db.one(find, [environmentId, playerId, id])

export const listExports = (environmentId: string, db: Db, playerId: string) =>
  db.all(listOf, [environmentId, playerId])

/** One export of any tenant that is due; nobody else takes it for ten minutes. */
export const claimExport = (db: Db, now: Date) => db.one(claim, [now])

export const finishExport = (
  environmentId: string,
  db: Db,
  done: { id: string; at: Date; expiresAt: Date; size: number; sha256: Buffer },
) => db.one(finish, [environmentId, done.id, done.at, done.expiresAt, done.size, done.sha256])

export const postponeExport = (environmentId: string, db: Db, id: string, until: Date) =>
  db.one(postpone, [environmentId, id, until])

/** Forgets exports of all tenants that are over; their archives are to be removed. */
export const takeExpired = (db: Db, now: Date) => db.all(expired, [now])

const folderOf = (environmentId: string, playerId: string) =>
  `exports/${environmentId}/${playerId}/`
const keyOf = ({ environment_id, player_id, id }: ExportRow) =>
  `${folderOf(environment_id, player_id)}${id}.zip`

export const putArchive = (blobs: Blobs, row: ExportRow, archive: Readable, size: number) =>
  blobs.putStream(keyOf(row), archive, size)

export const openArchive = (blobs: Blobs, row: ExportRow) => blobs.openStream(keyOf(row))

export const removeArchive = (blobs: Blobs, row: ExportRow) => blobs.remove([keyOf(row)])

/** Answers how many rows and archives there were. */
export async function removeExports(
  environmentId: string,
  { db, blobs }: { db: Db; blobs: Blobs },
  playerId: string,
) {
  let objects = 0
  for await (const keys of blobs.list(folderOf(environmentId, playerId))) {
    await blobs.remove(keys)
    objects += keys.length
  }
  const rows = (await db.all(removeAll, [environmentId, playerId])).length
  return { player_export: rows, 's3:exports': objects }
}
