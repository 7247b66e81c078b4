import { type Db, statement } from '@aethex/shared/db'

export interface MuteRow {
  id: string
  player_id: string
  channel: string | null
  reason: string
  public_reason: string | null
  created_at: Date
  ends_at: Date | null
  muted_by_kind: string
  muted_by_id: string | null
  lifted_at: Date | null
}

const columns = `id, player_id, channel, reason, public_reason, created_at, ends_at, muted_by_kind, muted_by_id,
  lifted_at`

const insert = statement<MuteRow>(
  'chat.add_mute',
  `INSERT INTO chat_mute (environment_id, id, player_id, channel, reason, public_reason, created_at, ends_at,
     muted_by_kind, muted_by_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
)
const lift = statement<MuteRow>(
  'chat.lift_mute',
  `UPDATE chat_mute SET lifted_at = coalesce(lifted_at, $3) WHERE environment_id = $1 AND id = $2
   RETURNING ${columns}`,
)
const list = statement<MuteRow>(
  'chat.list_mutes',
  `SELECT ${columns} FROM chat_mute
   WHERE environment_id = $1 AND ($2::uuid IS NULL OR player_id = $2) AND ($3::uuid IS NULL OR id < $3)
   ORDER BY id DESC LIMIT $4`,
)

const move = statement<{ id: string }>(
  'chat.move_mutes',
  `UPDATE chat_mute SET channel = $3 WHERE environment_id = $1 AND channel = $2 RETURNING id`,
)

/** A channel is called otherwise: whoever was muted there still is. */
export const moveMutes = (environmentId: string, db: Db, from: string, to: string) =>
  db.all(move, [environmentId, from, to])

export interface NewMuteRow {
  id: string
  channel: string | undefined
  reason: string
  publicReason: string | undefined
  endsAt: string | null
  by: { kind: string; id?: string }
  now: Date
}

export const addMute = (environmentId: string, tx: Db, playerId: string, mute: NewMuteRow) =>
  tx.one(insert, [
    environmentId,
    mute.id,
    playerId,
    mute.channel ?? null,
    mute.reason,
    mute.publicReason ?? null,
    mute.now,
    mute.endsAt,
    mute.by.kind,
    mute.by.id ?? null,
  ])

/** Undefined when there is no such mute. */
export const liftMuteRow = (environmentId: string, tx: Db, id: string, now: Date) =>
  tx.one(lift, [environmentId, id, now])

/** Newest first, older than the mute `before`. */
export const listMuteRows = (
  environmentId: string,
  db: Db,
  playerId: string | undefined,
  before: string | undefined,
  limit: number,
) => db.all(list, [environmentId, playerId ?? null, before ?? null, limit])
