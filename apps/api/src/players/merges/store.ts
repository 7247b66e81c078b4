import { type Db, statement } from '@aethex/shared/db'

export interface MergeRow {
  environment_id: string
  id: string
  player_id: string
  merged_player_id: string
  state: 'merged' | 'undone' | 'final'
  memory: unknown
  created_at: Date
  undo_until: Date
}

const columns =
  'environment_id, id, player_id, merged_player_id, state, memory, created_at, undo_until'

const insert = statement<MergeRow>(
  'merges.insert',
  `INSERT INTO player_merge (environment_id, id, player_id, merged_player_id, memory, created_at, undo_until)
   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
)
const hold = statement<MergeRow>(
  'merges.hold',
  `SELECT ${columns} FROM player_merge WHERE environment_id = $1 AND id = $2 FOR UPDATE`,
)
const list = statement<MergeRow>(
  'merges.list',
  `SELECT ${columns} FROM player_merge WHERE environment_id = $1 AND player_id = $2 ORDER BY id DESC LIMIT 100`,
)
const setState = statement<never>(
  'merges.set_state',
  'UPDATE player_merge SET state = $3::merge_state WHERE environment_id = $1 AND id = $2',
)
const finishOne = statement<MergeRow>(
  'merges.finish_one',
  `UPDATE player_merge SET state = 'final' WHERE (environment_id, id) = (
     SELECT environment_id, id FROM player_merge WHERE state = 'merged' AND undo_until <= $1
     ORDER BY undo_until LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ${columns}`,
)
const remove = statement<{ id: string }>(
  'merges.remove',
  `DELETE FROM player_merge WHERE environment_id = $1 AND (player_id = $2 OR merged_player_id = $2)
   RETURNING id`,
)

// Ways in that one account may have and the other may not: whatever moves is remembered by its key.
const moveDevices = statement<{ secret_hash: string }>(
  'merges.move_devices',
  `UPDATE device_credential SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::text[] IS NULL OR encode(secret_hash, 'hex') = ANY($4))
   RETURNING encode(secret_hash, 'hex') AS secret_hash`,
)
const moveIdentities = statement<{ provider: string; subject: string }>(
  'merges.move_identities',
  `UPDATE player_identity SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::text[] IS NULL OR provider || ' ' || subject = ANY($4))
   RETURNING provider, subject`,
)
const moveAddress = statement<{ email_key: string }>(
  'merges.move_address',
  `UPDATE player_email SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::text IS NULL OR email_key = $4)
     AND NOT EXISTS (SELECT FROM player_email WHERE environment_id = $1 AND player_id = $3)
   RETURNING email_key`,
)
const movePassword = statement<{ player_id: string }>(
  'merges.move_password',
  `UPDATE password_credential SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND NOT EXISTS (SELECT FROM password_credential WHERE environment_id = $1 AND player_id = $3)
   RETURNING player_id`,
)
const movePreferences = statement<{ player_id: string }>(
  'merges.move_preferences',
  `INSERT INTO player_preference (environment_id, player_id, value)
   SELECT environment_id, $3, value FROM player_preference
   WHERE environment_id = $1 AND player_id = $2 ON CONFLICT DO NOTHING RETURNING player_id`,
)

export const addMerge = (
  environmentId: string,
  tx: Db,
  merge: Omit<MergeRow, 'state' | 'environment_id'>,
) =>
  tx.one(insert, [
    environmentId,
    merge.id,
    merge.player_id,
    merge.merged_player_id,
    JSON.stringify(merge.memory),
    merge.created_at,
    merge.undo_until,
  ])

/** Has the merge alone until the transaction ends. */
export const holdMerge = (environmentId: string, tx: Db, id: string) =>
  tx.one(hold, [environmentId, id])

export const listMerges = (environmentId: string, db: Db, playerId: string) =>
  db.all(list, [environmentId, playerId])

const mergedInto = statement<{ merged_player_id: string }>(
  'merges.merged_into',
  `SELECT merged_player_id FROM player_merge
   WHERE environment_id = $1 AND player_id = $2 AND state = 'merged'`,
)

/** The accounts that have become part of this one and are closed for it. */
export const listMergedInto = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(mergedInto, [environmentId, playerId])).map(row => row.merged_player_id)

const changed = statement<{ changed: boolean }>(
  'merges.changed_since',
  `SELECT EXISTS (SELECT FROM player_session WHERE environment_id = $1 AND player_id = $2 AND revoked_at > $3)
     OR EXISTS (SELECT FROM password_credential
       WHERE environment_id = $1 AND player_id = $2 AND updated_at > $3) AS changed`,
)

/** Whether the owner has ended a session or set a password since: then an earlier proof is worth nothing. */
export const hasChangedSince = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  since: Date,
) => (await tx.one(changed, [environmentId, playerId, since]))?.changed === true

export const setMergeState = (
  environmentId: string,
  tx: Db,
  id: string,
  state: MergeRow['state'],
) => tx.one(setState, [environmentId, id, state])

/** Ends the time to undo of one merge of any tenant that is over. */
export const finishOneMerge = (tx: Db, now: Date) => tx.one(finishOne, [now])

export const removeMerges = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(remove, [environmentId, playerId])).length

/** The ways into an account that a merge has moved. */
export interface MovedWays {
  devices: string[]
  identities: string[]
  /** The key of the address; null when none moved. */
  address: string | null
  password: boolean
}

const identityKey = ({ provider, subject }: { provider: string; subject: string }) =>
  `${provider} ${subject}`

/** Moves ways in from one account to the other: all of them, or those named. */
export async function moveWaysIn(
  environmentId: string,
  tx: Db,
  { from, to }: { from: string; to: string },
  only?: MovedWays,
): Promise<MovedWays> {
  const values = [environmentId, from, to]
  const devices = await tx.all(moveDevices, [...values, only?.devices ?? null])
  const identities = await tx.all(moveIdentities, [...values, only?.identities ?? null])
  // A password goes where its address goes, and comes back only with it: one set since belongs to whoever set it.
  const wanted = only === undefined || only.address !== null
  const moved = wanted ? await tx.one(moveAddress, [...values, only?.address ?? null]) : undefined
  const password =
    moved !== undefined &&
    (only?.password ?? true) &&
    (await tx.one(movePassword, values)) !== undefined
  return {
    devices: devices.map(row => row.secret_hash),
    identities: identities.map(identityKey),
    address: moved?.email_key ?? null,
    password,
  }
}

export const carryPreferences = (environmentId: string, tx: Db, from: string, to: string) =>
  tx.one(movePreferences, [environmentId, from, to])
