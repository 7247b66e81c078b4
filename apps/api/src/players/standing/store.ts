import { type Db, statement } from '@aethex/shared/db'

/** Who did it, as the audit log names them. */
export interface By {
  kind: string
  id?: string
}

export interface BanRow {
  id: string
  reason: string
  public_reason: string | null
  created_at: Date
  ends_at: Date | null
  banned_by_kind: string
  banned_by_id: string | null
  lifted_at: Date | null
  lifted_by_kind: string | null
  lifted_by_id: string | null
  lift_reason: string | null
}

const columns = `id, reason, public_reason, created_at, ends_at, banned_by_kind, banned_by_id,
  lifted_at, lifted_by_kind, lifted_by_id, lift_reason`
const inForce = (now: string) => `lifted_at IS NULL AND (ends_at IS NULL OR ends_at > ${now})`

// A sign-in shares the player's row with other sign-ins; whoever bans has it alone. Of the two that comes second
// waits, and looks only then.
const enter = statement<{ id: string }>(
  'standing.enter',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2 FOR KEY SHARE',
)
const hold = statement<{ id: string }>(
  'standing.hold',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2 FOR UPDATE',
)
const find = statement<{
  must_reset: boolean
  closed_reason: string | null
  ban_id: string | null
  public_reason: string | null
  ends_at: Date | null
}>(
  'standing.find',
  `SELECT EXISTS (SELECT FROM password_reset_demand
       WHERE environment_id = $1 AND player_id = $2) AS must_reset,
     (SELECT closed_reason FROM player WHERE environment_id = $1 AND id = $2) AS closed_reason,
     b.id AS ban_id, b.public_reason, b.ends_at
   FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
     SELECT id, public_reason, ends_at FROM player_ban
     WHERE environment_id = $1 AND player_id = $2 AND ${inForce('$3')}
     ORDER BY created_at DESC LIMIT 1) AS b ON true`,
)

/** Keeps bans of the player out until the transaction ends. */
export const enterAccount = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(enter, [environmentId, playerId])

/** Has the player's row alone until the transaction ends. False when there is no such player. */
export const holdAccount = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(hold, [environmentId, playerId])) !== undefined

/** What keeps the player out at this moment. */
export async function findBars(environmentId: string, db: Db, playerId: string, now: Date) {
  const row = await db.one(find, [environmentId, playerId, now])
  return {
    mustReset: row?.must_reset === true,
    closedReason: row?.closed_reason ?? undefined,
    ban: row?.ban_id ? { publicReason: row.public_reason, endsAt: row.ends_at } : undefined,
  }
}

const insert = statement<BanRow>(
  'standing.insert_ban',
  `INSERT INTO player_ban (environment_id, id, player_id, reason, public_reason, created_at, ends_at,
     banned_by_kind, banned_by_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columns}`,
)
const lift = statement<BanRow>(
  'standing.lift',
  `UPDATE player_ban SET lifted_at = $3, lifted_by_kind = $4, lifted_by_id = $5, lift_reason = $6
   WHERE environment_id = $1 AND player_id = $2 AND ${inForce('$3')} RETURNING ${columns}`,
)
const list = statement<BanRow>(
  'standing.list_bans',
  `SELECT ${columns} FROM player_ban
   WHERE environment_id = $1 AND player_id = $2
     AND ($3::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM player_ban
       WHERE environment_id = $1 AND id = $3))
   ORDER BY created_at DESC, id DESC LIMIT $4`,
)

export interface NewBan {
  id: string
  reason: string
  publicReason: string | null
  now: Date
  endsAt: Date | null
  by: By
}

export async function addBan(
  environmentId: string,
  tx: Db,
  playerId: string,
  ban: NewBan,
): Promise<BanRow> {
  const { id, reason, publicReason, now, endsAt, by } = ban
  const values = [environmentId, id, playerId, reason, publicReason, now, endsAt, by.kind]
  const row = await tx.one(insert, [...values, by.id ?? null])
  if (row === undefined) throw new Error('the ban was not inserted')
  return row
}

/** Ends what is in force; undefined when nothing is. */
export const liftBan = (
  environmentId: string,
  tx: Db,
  playerId: string,
  how: { now: Date; by: By; reason: string },
) => tx.one(lift, [environmentId, playerId, how.now, how.by.kind, how.by.id ?? null, how.reason])

/** The bans of a player, newest first, older than the ban `before`. */
export const listBans = (
  environmentId: string,
  db: Db,
  playerId: string,
  before: string | undefined,
  limit: number,
) => db.all(list, [environmentId, playerId, before ?? null, limit])

const demand = statement<never>(
  'standing.demand_reset',
  `INSERT INTO password_reset_demand (environment_id, player_id, demanded_at) VALUES ($1, $2, $3)
   ON CONFLICT (environment_id, player_id) DO UPDATE SET demanded_at = excluded.demanded_at`,
)
const demandedAt = statement<{ demanded_at: Date }>(
  'standing.reset_demanded_at',
  'SELECT demanded_at FROM password_reset_demand WHERE environment_id = $1 AND player_id = $2',
)
const forgetDemand = statement<{ player_id: string }>(
  'standing.forget_demand',
  `DELETE FROM password_reset_demand WHERE environment_id = $1 AND player_id = $2
   RETURNING player_id`,
)
const forgetBans = statement<{ id: string }>(
  'standing.forget_bans',
  'DELETE FROM player_ban WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)

/** From now on the player's password opens nothing until it is set anew. */
export const demandPasswordReset = (environmentId: string, tx: Db, playerId: string, now: Date) =>
  tx.one(demand, [environmentId, playerId, now])

export const findResetDemand = (environmentId: string, db: Db, playerId: string) =>
  db.one(demandedAt, [environmentId, playerId])

export const removeResetDemand = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.all(forgetDemand, [environmentId, playerId])).length

const moveBan = statement<{ id: string }>(
  'standing.move_bans',
  `UPDATE player_ban SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::uuid[] IS NULL OR id = ANY($4::uuid[])) RETURNING id`,
)

/** Gives the bans of one account to another: all, or those. Answers which. */
export const moveBans = async (
  environmentId: string,
  tx: Db,
  way: { from: string; to: string },
  only?: readonly string[],
) => (await tx.all(moveBan, [environmentId, way.from, way.to, only ?? null])).map(({ id }) => id)

export const removeBans = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forgetBans, [environmentId, playerId])).length

const close = statement<{ id: string }>(
  'standing.close',
  `UPDATE player SET closed_reason = $3 WHERE environment_id = $1 AND id = $2 AND closed_reason IS NULL
   RETURNING id`,
)
const reopen = statement<never>(
  'standing.reopen',
  'UPDATE player SET closed_reason = NULL WHERE environment_id = $1 AND id = $2 AND closed_reason = $3',
)

/** Why nobody may enter an account any more. */
export type Closure = 'erasing' | 'merged'

/** Lets nobody in any more. False when there is no such player, or the account was closed before. */
export const closeAccount = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  reason: Closure,
) => (await tx.one(close, [environmentId, playerId, reason])) !== undefined

export const reopenAccount = (environmentId: string, tx: Db, playerId: string, reason: Closure) =>
  tx.one(reopen, [environmentId, playerId, reason])
