import { type Db, statement } from '@aethex/shared/db'
import { skeletonOf } from './skeleton.js'

export interface PlayerRow {
  id: string
  email: string | null
  email_verified_at: Date | null
  username: string
  avatar_url: string | null
  profile_version: number
  created_at: Date
  /** The day on which the player stops being a child; null or missing for who is none. */
  child_until?: Date | null
}

const columns =
  "p.id, m.email, m.verified_at AS email_verified_at, p.username, p.avatar_url, p.profile_version, p.created_at, (SELECT a.child_until::timestamp AT TIME ZONE 'UTC' FROM player_age a WHERE a.environment_id = p.environment_id AND a.player_id = p.id) AS child_until"
const withEmail =
  'LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id'

const insertPlayer = statement<{ created_at: Date }>(
  'auth.insert_player',
  `INSERT INTO player (environment_id, id, username, username_key, username_skeleton)
   VALUES ($1, $2, $3, $4, $5)
   RETURNING created_at`,
)
const insertPassword = statement<never>(
  'auth.insert_password',
  `INSERT INTO password_credential (environment_id, player_id, password_hash) VALUES ($1, $2, $3)`,
)
const insertEmail = statement<never>(
  'auth.insert_email',
  `INSERT INTO player_email (environment_id, player_id, email, email_key, verified_at)
   VALUES ($1, $2, $3, $4, $5)`,
)
const insertDevice = statement<{ player_id: string }>(
  'auth.insert_device',
  `INSERT INTO device_credential (environment_id, secret_hash, player_id) VALUES ($1, $2, $3)
   ON CONFLICT DO NOTHING RETURNING player_id`,
)
/** A player with the password that they had when they were read. */
interface PasswordHolder extends PlayerRow {
  password_hash: string | null
  /** As PostgreSQL writes it, to the microsecond. */
  password_set_at: string | null
}

const findByEmail = statement<PasswordHolder>(
  'auth.find_by_email',
  `SELECT ${columns}, c.password_hash, c.updated_at::text AS password_set_at FROM player_email m
   JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
   LEFT JOIN password_credential c ON c.environment_id = p.environment_id AND c.player_id = p.id
   WHERE m.environment_id = $1 AND m.email_key = $2`,
)
const findByDevice = statement<PlayerRow>(
  'auth.find_by_device',
  `SELECT ${columns} FROM device_credential d
   JOIN player p ON p.environment_id = d.environment_id AND p.id = d.player_id
   ${withEmail}
   WHERE d.environment_id = $1 AND d.secret_hash = $2`,
)
// Another change of the row waits for who holds it, and who comes to hold it waits for a change under way.
const holdPassword = statement<{ player_id: string }>(
  'auth.hold_password',
  `SELECT player_id FROM password_credential
   WHERE environment_id = $1 AND player_id = $2 AND updated_at = $3::timestamptz FOR SHARE`,
)
// The password is the one it was, so its time stays.
const updateHash = statement<{ player_id: string }>(
  'auth.update_hash',
  `UPDATE password_credential SET password_hash = $4
   WHERE environment_id = $1 AND player_id = $2 AND updated_at = $3::timestamptz RETURNING player_id`,
)

export interface NewPlayer {
  id: string
  username: string
  usernameKey: string
}

/** Throws the unique violation of the username. */
export async function addPlayer(environmentId: string, db: Db, player: NewPlayer): Promise<Date> {
  const row = await db.one(insertPlayer, [
    environmentId,
    player.id,
    player.username,
    player.usernameKey,
    skeletonOf(player.username),
  ])
  if (row === undefined) throw new Error('the player was not inserted')
  return row.created_at
}

/** Throws the unique violation of the e-mail. */
export const addEmail = (
  environmentId: string,
  db: Db,
  address: { playerId: string; email: string; emailKey: string; verifiedAt?: Date },
) => {
  const { playerId, email, emailKey, verifiedAt = null } = address
  return db.one(insertEmail, [environmentId, playerId, email, emailKey, verifiedAt])
}

export const addPassword = (environmentId: string, db: Db, playerId: string, hash: string) =>
  db.one(insertPassword, [environmentId, playerId, hash])

/** False when the secret already belongs to a player. */
export const addDevice = async (
  environmentId: string,
  db: Db,
  secretHash: Buffer,
  playerId: string,
) => (await db.one(insertDevice, [environmentId, secretHash, playerId])) !== undefined

const findById = statement<PlayerRow>(
  'auth.find_by_id',
  `SELECT ${columns} FROM player p ${withEmail} WHERE p.environment_id = $1 AND p.id = $2`,
)

export const findPlayer = (environmentId: string, db: Db, playerId: string) =>
  db.one(findById, [environmentId, playerId])

export const findPlayerByEmail = (environmentId: string, db: Db, emailKey: string) =>
  db.one(findByEmail, [environmentId, emailKey])

export const findPlayerByDevice = (environmentId: string, db: Db, secretHash: Buffer) =>
  db.one(findByDevice, [environmentId, secretHash])

/** Until the transaction ends nobody sets another password. False when somebody has since `setAt`. */
export const keepPassword = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  setAt: string,
): Promise<boolean> => (await tx.one(holdPassword, [environmentId, playerId, setAt])) !== undefined

/** The same, and gives the password another hash. */
export const renewHash = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  setAt: string,
  hash: string,
): Promise<boolean> =>
  (await tx.one(updateHash, [environmentId, playerId, setAt, hash])) !== undefined

const rename = statement<never>(
  'auth.rename',
  `UPDATE player SET username = $3, username_key = $4, username_skeleton = $5
   WHERE environment_id = $1 AND id = $2`,
)

/** Throws the unique violation of the username. */
export const changeUsername = (
  environmentId: string,
  tx: Db,
  playerId: string,
  username: string,
  key: string,
) => tx.one(rename, [environmentId, playerId, username, key, skeletonOf(username)])

const projectName = statement<{ name: string }>(
  'auth.project_name',
  'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
)

/** What the game is called in the studio. */
export const findProjectName = async (environmentId: string, db: Db) =>
  (await db.one(projectName, [environmentId]))?.name

const insertFreeEmail = statement<{ verified_at: Date }>(
  'auth.insert_free_email',
  `INSERT INTO player_email (environment_id, player_id, email, email_key, verified_at)
   VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING RETURNING verified_at`,
)

/** Undefined when the address belongs to another account: then this one goes without. */
export const addVerifiedEmailIfFree = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  email: string,
  emailKey: string,
) => (await tx.one(insertFreeEmail, [environmentId, playerId, email, emailKey]))?.verified_at

const findPassword = statement<{ player_id: string }>(
  'auth.find_password',
  'SELECT player_id FROM password_credential WHERE environment_id = $1 AND player_id = $2',
)
const upsertPassword = statement<never>(
  'auth.upsert_password',
  `INSERT INTO password_credential (environment_id, player_id, password_hash) VALUES ($1, $2, $3)
   ON CONFLICT (environment_id, player_id)
   DO UPDATE SET password_hash = excluded.password_hash, updated_at = now()`,
)

const findPasswordSince = statement<{ player_id: string }>(
  'auth.find_password_since',
  `SELECT player_id FROM password_credential
   WHERE environment_id = $1 AND player_id = $2 AND updated_at > $3`,
)

/** Whether the player has set a password since. */
export const passwordSetSince = async (
  environmentId: string,
  db: Db,
  playerId: string,
  since: Date,
) => (await db.one(findPasswordSince, [environmentId, playerId, since])) !== undefined

export const hasPassword = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(findPassword, [environmentId, playerId])) !== undefined

/** Sets the password, or the first one. */
export const writePassword = (environmentId: string, tx: Db, playerId: string, hash: string) =>
  tx.one(upsertPassword, [environmentId, playerId, hash])
