import { type Db, statement } from '@aethex/shared/db'

const find = statement<{ totp: boolean; recovery_code: boolean; passkey: boolean }>(
  'second_step.find',
  `SELECT
     EXISTS (SELECT FROM player_totp
       WHERE environment_id = $1 AND player_id = $2 AND confirmed_at IS NOT NULL) AS totp,
     EXISTS (SELECT FROM player_recovery_code
       WHERE environment_id = $1 AND player_id = $2 AND used_at IS NULL) AS recovery_code,
     EXISTS (SELECT FROM player_passkey WHERE environment_id = $1 AND player_id = $2) AS passkey`,
)

/** Which second factors a player has. */
export const findFactors = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(find, [environmentId, playerId])) ?? {
    totp: false,
    recovery_code: false,
    passkey: false,
  }
