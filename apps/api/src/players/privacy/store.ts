import { type Db, statement } from '@aethex/shared/db'
import type { Purpose } from './schema.js'

const granted = statement<{ purpose: Purpose }>(
  'privacy.granted',
  'SELECT purpose FROM consent WHERE environment_id = $1 AND player_id = $2 AND granted',
)
const decide = statement<never>(
  'privacy.decide',
  `INSERT INTO consent (environment_id, player_id, purpose, granted) VALUES ($1, $2, $3::consent_purpose, $4)
   ON CONFLICT (environment_id, player_id, purpose)
   DO UPDATE SET granted = excluded.granted, decided_at = now()
   WHERE consent.granted IS DISTINCT FROM excluded.granted`,
)

export const findGranted = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(granted, [environmentId, playerId])).map(row => row.purpose)

export const storeDecision = (
  environmentId: string,
  db: Db,
  playerId: string,
  purpose: Purpose,
  isGranted: boolean,
) => db.one(decide, [environmentId, playerId, purpose, isGranted])
