import { type Db, statement } from '@aethex/shared/db'

interface WayRow {
  id: string
  provider: string
  display_name: string | null
  linked_at: Date
}

// An id that tells nothing of the subject or the secret, and is the same every time.
const identityId = `provider || '~' || encode(sha256(convert_to(subject, 'UTF8')), 'hex')`
const deviceId = `'device~' || encode(sha256(secret_hash), 'hex')`

const list = statement<WayRow>(
  'linking.list',
  `SELECT 'password~main' AS id, 'password' AS provider, m.email AS display_name, c.updated_at AS linked_at
   FROM password_credential c LEFT JOIN player_email m USING (environment_id, player_id)
   WHERE c.environment_id = $1 AND c.player_id = $2
   UNION ALL SELECT ${deviceId}, 'device', NULL, created_at FROM device_credential
   WHERE environment_id = $1 AND player_id = $2
   UNION ALL SELECT ${identityId}, provider, display_name, linked_at FROM player_identity
   WHERE environment_id = $1 AND player_id = $2 ORDER BY linked_at, id`,
)
const removePassword = statement<{ player_id: string }>(
  'linking.remove_password',
  `DELETE FROM password_credential
   WHERE environment_id = $1 AND player_id = $2 AND $3 = 'password~main' RETURNING player_id`,
)
const removeDevice = statement<{ player_id: string }>(
  'linking.remove_device',
  `DELETE FROM device_credential
   WHERE environment_id = $1 AND player_id = $2 AND ${deviceId} = $3 RETURNING player_id`,
)
const removeIdentity = statement<{ player_id: string }>(
  'linking.remove_identity',
  `DELETE FROM player_identity
   WHERE environment_id = $1 AND player_id = $2 AND ${identityId} = $3 RETURNING player_id`,
)

/** The ways into an account, oldest first; passkeys are listed elsewhere. */
export const listWays = (environmentId: string, db: Db, playerId: string) =>
  db.all(list, [environmentId, playerId])

/** False when the account has no such way in. */
export async function removeWay(environmentId: string, tx: Db, playerId: string, id: string) {
  for (const removal of [removePassword, removeDevice, removeIdentity]) {
    if ((await tx.one(removal, [environmentId, playerId, id])) !== undefined) return true
  }
  return false
}
