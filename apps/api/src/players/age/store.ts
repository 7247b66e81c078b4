import { type Db, statement } from '@aethex/shared/db'
import type { AgeResult } from './child-until.js'

export interface AgeRow extends AgeResult {
  answeredAt: Date
  parentAgreed: boolean
  parentGrants: string[]
}

interface Stored {
  country: string
  child_until: string | null
  answered_at: Date
}

// As text, because a date without a time is read as midnight of wherever the process runs.
const kept = 'country, child_until::text AS child_until, answered_at'

const takeTurn = statement<never>(
  'age.take_turn',
  `SELECT pg_advisory_xact_lock(hashtextextended(turn, 0)) FROM
     (SELECT unnest($1::text[]) AS turn ORDER BY 1) AS turns`,
)
const find = statement<Stored & { parent_agreed: boolean; parent_grants: string[] }>(
  'age.find',
  `SELECT ${kept}, parent_agreed, parent_grants FROM player_age
   WHERE environment_id = $1 AND player_id = $2`,
)
const findMany = statement<
  Stored & { player_id: string; parent_agreed: boolean; parent_grants: string[] }
>(
  'age.find_many',
  `SELECT player_id, ${kept}, parent_agreed, parent_grants FROM player_age
   WHERE environment_id = $1 AND player_id = ANY($2::uuid[])`,
)
const keep = statement<never>(
  'age.keep',
  `INSERT INTO player_age (environment_id, player_id, country, child_until, answered_at)
   VALUES ($1, $2, $3, $4::date, $5)
   ON CONFLICT (environment_id, player_id) DO UPDATE SET country = excluded.country,
     child_until = excluded.child_until, answered_at = excluded.answered_at`,
)
const agree = statement<{ player_id: string }>(
  'age.agree',
  `UPDATE player_age SET parent_agreed = $3, parent_grants = $4
   WHERE environment_id = $1 AND player_id = $2 RETURNING player_id`,
)
const forget = statement<{ player_id: string }>(
  'age.forget',
  'DELETE FROM player_age WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)
const devicesOf = statement<{ secret_hash: Buffer }>(
  'age.devices_of',
  'SELECT secret_hash FROM device_credential WHERE environment_id = $1 AND player_id = $2',
)
const answersOf = statement<Stored>(
  'age.answers_of',
  `SELECT ${kept} FROM age_answer
   WHERE environment_id = $1 AND device_hash = ANY($2::bytea[]) AND answered_at > $3`,
)
const keepAnswer = statement<never>(
  'age.keep_answer',
  `INSERT INTO age_answer (environment_id, device_hash, country, child_until, answered_at)
   SELECT $1, device, $3, $4::date, $5 FROM unnest($2::bytea[]) AS device
   ON CONFLICT (environment_id, device_hash) DO UPDATE SET country = excluded.country,
     child_until = excluded.child_until, answered_at = excluded.answered_at`,
)
const forgetAnswers = statement<never>(
  'age.forget_answers',
  'DELETE FROM age_answer WHERE environment_id = $1 AND device_hash = ANY($2::bytea[])',
)
const forgetOldAnswers = statement<{ device_hash: Buffer }>(
  'age.forget_old_answers',
  'DELETE FROM age_answer WHERE environment_id = $1 AND answered_at <= $2 RETURNING device_hash',
)
const exists = statement<{ id: string }>(
  'age.player_exists',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2',
)

const resultOf = ({ country, child_until }: Stored): AgeResult => ({
  country,
  childUntil: child_until === null ? null : new Date(`${child_until}T00:00:00Z`),
})

const dayOf = ({ childUntil }: AgeResult) => childUntil?.toISOString().slice(0, 10) ?? null

/** Answers of one player, and of one device, take turns. */
export const takeTurnToAnswer = (
  environmentId: string,
  tx: Db,
  playerId: string | undefined,
  devices: readonly Buffer[],
) =>
  tx.all(takeTurn, [
    [
      ...(playerId === undefined ? [] : [`age ${environmentId} ${playerId}`]),
      ...devices.map(device => `age ${environmentId} ${device.toString('base64')}`),
    ],
  ])

const toAge = (row: Stored & { parent_agreed: boolean; parent_grants: string[] }): AgeRow => ({
  ...resultOf(row),
  answeredAt: row.answered_at,
  parentAgreed: row.parent_agreed,
  parentGrants: row.parent_grants,
})

export async function findAge(
  environmentId: string,
  db: Db,
  playerId: string,
): Promise<AgeRow | undefined> {
  const row = await db.one(find, [environmentId, playerId])
  return row && toAge(row)
}

/** By player; who has not answered is not in it. */
export async function findAges(
  environmentId: string,
  db: Db,
  playerIds: readonly string[],
): Promise<Map<string, AgeRow>> {
  const rows = await db.all(findMany, [environmentId, playerIds])
  return new Map(rows.map(row => [row.player_id, toAge(row)]))
}

export const keepAge = (
  environmentId: string,
  tx: Db,
  playerId: string,
  result: AgeResult,
  now: Date,
) => tx.one(keep, [environmentId, playerId, result.country, dayOf(result), now])

/** What a parent allows; false when the player has not said how old they are. */
export const keepParentGrants = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  agreed: boolean,
  grants: readonly string[],
) => (await tx.one(agree, [environmentId, playerId, agreed, grants])) !== undefined

/** False when there was nothing. */
export const forgetAge = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(forget, [environmentId, playerId])) !== undefined

/** The hashes of the device secrets that sign this player in. */
export const findDevices = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(devicesOf, [environmentId, playerId])).map(row => row.secret_hash)

export const findAnswers = async (
  environmentId: string,
  tx: Db,
  devices: readonly Buffer[],
  since: Date,
) => (await tx.all(answersOf, [environmentId, devices, since])).map(resultOf)

export const keepAnswers = (
  environmentId: string,
  tx: Db,
  devices: readonly Buffer[],
  result: AgeResult,
  now: Date,
) => tx.one(keepAnswer, [environmentId, devices, result.country, dayOf(result), now])

export const forgetDeviceAnswers = (environmentId: string, tx: Db, devices: readonly Buffer[]) =>
  tx.one(forgetAnswers, [environmentId, devices])

/** How many there were. */
export const forgetAnswersBefore = async (environmentId: string, db: Db, time: Date) =>
  (await db.all(forgetOldAnswers, [environmentId, time])).length

export const playerExists = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(exists, [environmentId, playerId])) !== undefined
