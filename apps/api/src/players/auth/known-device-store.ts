import { type Db, statement } from '@aethex/shared/db'

const mostPerPlayer = 20

const find = statement<{ token_hash: Buffer }>(
  'known_devices.find',
  `SELECT token_hash FROM player_known_device
   WHERE environment_id = $1 AND player_id = $2 AND token_hash = ANY($3::bytea[])`,
)
const insert = statement<never>(
  'known_devices.insert',
  `INSERT INTO player_known_device (environment_id, token_hash, player_id, created_at, last_used_at)
   VALUES ($1, $2, $3, $4, $4)`,
)
const touch = statement<{ player_id: string }>(
  'known_devices.touch',
  `UPDATE player_known_device SET last_used_at = $4
   WHERE environment_id = $1 AND token_hash = $2 AND player_id = $3 RETURNING player_id`,
)
const forgetOldest = statement<never>(
  'known_devices.forget_oldest',
  `DELETE FROM player_known_device WHERE environment_id = $1 AND token_hash IN (
     SELECT token_hash FROM player_known_device WHERE environment_id = $1 AND player_id = $2
     ORDER BY last_used_at DESC, created_at DESC OFFSET ${mostPerPlayer})`,
)
const forgetOthers = statement<never>(
  'known_devices.forget_others',
  `DELETE FROM player_known_device
   WHERE environment_id = $1 AND player_id = $2 AND token_hash <> ALL($3::bytea[])`,
)
const forgetUnused = statement<never>(
  'known_devices.forget_unused',
  'DELETE FROM player_known_device WHERE last_used_at < $1',
)

/** Those of the hashes that belong to devices of the player. */
export const findKnownDevices = async (
  environmentId: string,
  db: Db,
  playerId: string,
  tokenHashes: readonly Buffer[],
) => (await db.all(find, [environmentId, playerId, tokenHashes])).map(row => row.token_hash)

/** False when the device is not one of this player's any more. */
export const touchKnownDevice = async (
  environmentId: string,
  db: Db,
  tokenHash: Buffer,
  playerId: string,
  at: Date,
) => (await db.one(touch, [environmentId, tokenHash, playerId, at])) !== undefined

/** Remembers a device; of more than twenty the one that was longest away is forgotten. */
export async function addKnownDevice(
  environmentId: string,
  db: Db,
  tokenHash: Buffer,
  playerId: string,
  at: Date,
): Promise<void> {
  await db.one(insert, [environmentId, tokenHash, playerId, at])
  await db.one(forgetOldest, [environmentId, playerId])
}

/** Forgets the devices of a player but for `except`. */
export const forgetKnownDevices = (
  environmentId: string,
  db: Db,
  playerId: string,
  except: readonly Buffer[] = [],
) => db.one(forgetOthers, [environmentId, playerId, except])

/** Devices of all tenants that nobody has signed in with since. */
export const forgetDevicesUnusedSince = (db: Db, since: Date) => db.all(forgetUnused, [since])
