import { type Db, statement } from '@aethex/shared/db'

export interface StoredQueues {
  environment_id: string
  version: number
}

// Of all environments: the relay reads copies, and this finds those that are old or missing.
const versions = statement<StoredQueues>(
  'matchmaking.setting_versions',
  `SELECT environment_id, version FROM environment_setting
   WHERE name = $1 AND environment_id > $2 ORDER BY environment_id LIMIT $3`,
)

/** Who has written the setting and at which version it is, one page after the other. */
export const listSettingVersions = (after: string, db: Db, name: string, limit: number) =>
  db.all(versions, [name, after, limit])
