import { type Db, statement } from '@aethex/shared/db'

const lock = statement<never>(
  'ways_in.lock',
  'SELECT FROM player WHERE environment_id = $1 AND id = $2 FOR NO KEY UPDATE',
)
const count = statement<{ ways: number }>(
  'ways_in.count',
  `SELECT
     (SELECT count(*) FROM password_credential WHERE environment_id = $1 AND player_id = $2)
   + (SELECT count(*) FROM device_credential WHERE environment_id = $1 AND player_id = $2)
   + (SELECT count(*) FROM player_identity WHERE environment_id = $1 AND player_id = $2)
   + (SELECT count(*) FROM player_passkey WHERE environment_id = $1 AND player_id = $2) AS ways`,
)

/** Removals from one account take turns until the end of their transactions. */
export const lockPlayer = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(lock, [environmentId, playerId])

export const countWaysIn = async (environmentId: string, tx: Db, playerId: string) =>
  (await tx.one(count, [environmentId, playerId]))?.ways ?? 0
