import { type Db, statement } from '@aethex/shared/db'

const hide = statement<never>(
  'privacy.hide_profile',
  `UPDATE player SET avatar_url = NULL, public_fields = '{}', profile_version = profile_version + 1
   WHERE environment_id = $1 AND id = $2`,
)

/** What a profile shows to others goes, but for the name. */
export const hideProfile = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(hide, [environmentId, playerId])
