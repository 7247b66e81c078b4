import { type Db, statement } from '@aethex/shared/db'
import { forgetSessions } from './session-store.js'

const account = statement<Record<string, unknown>>(
  'account_data.account',
  `SELECT p.id, p.username, p.created_at, c.updated_at AS password_set_at FROM player p
   LEFT JOIN password_credential c ON c.environment_id = p.environment_id AND c.player_id = p.id
   WHERE p.environment_id = $1 AND p.id = $2`,
)
const sessions = statement<Record<string, unknown>>(
  'account_data.sessions',
  `SELECT id, method, device_name, created_at, last_seen_at, second_factor_at, expires_at, revoked_at,
     revoked_reason
   FROM player_session WHERE environment_id = $1 AND player_id = $2 ORDER BY created_at`,
)
const devices = statement<Record<string, unknown>>(
  'account_data.devices',
  `SELECT 'signs in without a password' AS kind, created_at, NULL::timestamptz AS last_used_at
   FROM device_credential WHERE environment_id = $1 AND player_id = $2
   UNION ALL SELECT 'known from a sign-in', created_at, last_used_at
   FROM player_known_device WHERE environment_id = $1 AND player_id = $2 ORDER BY created_at`,
)
// One statement each, so that the receipt can say how much there was.
const removals = ['password_credential', 'device_credential', 'player_known_device'].map(
  table =>
    [
      table,
      statement<{ player_id: string }>(
        `account_data.remove_${table}`,
        `DELETE FROM ${table} WHERE environment_id = $1 AND player_id = $2 RETURNING player_id`,
      ),
    ] as const,
)
const removeRow = statement<{ id: string }>(
  'account_data.remove_player',
  'DELETE FROM player WHERE environment_id = $1 AND id = $2 RETURNING id',
)

export const exportAccount = (environmentId: string, db: Db, playerId: string) =>
  db.one(account, [environmentId, playerId])

export const exportSessions = (environmentId: string, db: Db, playerId: string) =>
  db.all(sessions, [environmentId, playerId])

export const exportDevices = (environmentId: string, db: Db, playerId: string) =>
  db.all(devices, [environmentId, playerId])

/** Deletes the player and what signs them in; deleted sessions stay refused. How many rows there were, by table. */
export async function removePlayer(
  environmentId: string,
  tx: Db,
  playerId: string,
): Promise<Record<string, number>> {
  const removed: Record<string, number> = {
    player_session: await forgetSessions(environmentId, tx, playerId),
  }
  for (const [table, remove] of removals) {
    removed[table] = (await tx.all(remove, [environmentId, playerId])).length
  }
  removed.player = (await tx.all(removeRow, [environmentId, playerId])).length
  return removed
}
