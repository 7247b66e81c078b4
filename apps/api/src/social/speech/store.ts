import { type Db, statement } from '@aethex/shared/db'

interface InForceRow {
  public_reason: string | null
  ends_at: Date | null
}

const inForce = statement<InForceRow>(
  'speech.mute_in_force',
  `SELECT public_reason, ends_at FROM chat_mute
   WHERE environment_id = $1 AND player_id = $2 AND (channel IS NULL OR channel = $3)
     AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > $4)
   ORDER BY ends_at DESC NULLS FIRST LIMIT 1`,
)

/** The mute that ends last, of all those that keep the player from writing there now; outside of channels without one. */
export const findMute = (
  environmentId: string,
  db: Db,
  playerId: string,
  channel: string | undefined,
  now: Date,
) => db.one(inForce, [environmentId, playerId, channel ?? null, now])
