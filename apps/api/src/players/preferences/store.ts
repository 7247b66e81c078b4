import { type Db, statement } from '@aethex/shared/db'

export interface PreferencesRow {
  value: Record<string, unknown>
  version: number
  updated_at: Date
}

const columns = 'value, version, updated_at'

const find = statement<PreferencesRow>(
  'preferences.find',
  `SELECT ${columns} FROM player_preference WHERE environment_id = $1 AND player_id = $2`,
)
// Version 0 stands for the document that is not there yet.
const write = statement<PreferencesRow>(
  'preferences.write',
  `INSERT INTO player_preference AS p (environment_id, player_id, value)
   SELECT $1, $2, $3 WHERE coalesce($4::int, 0) = 0
     OR EXISTS (SELECT FROM player_preference WHERE environment_id = $1 AND player_id = $2)
   ON CONFLICT (environment_id, player_id) DO UPDATE
     SET value = excluded.value, version = p.version + 1, updated_at = now()
     WHERE $4::int IS NULL OR p.version = $4
   RETURNING ${columns}`,
)

export const findPreferences = (environmentId: string, db: Db, playerId: string) =>
  db.one(find, [environmentId, playerId])

/** Undefined when the document is not at `version` any more. */
export const writePreferences = (
  environmentId: string,
  db: Db,
  playerId: string,
  value: Record<string, unknown>,
  version: number | undefined,
) => db.one(write, [environmentId, playerId, JSON.stringify(value), version ?? null])

const remove = statement<{ version: number }>(
  'preferences.remove',
  'DELETE FROM player_preference WHERE environment_id = $1 AND player_id = $2 RETURNING version',
)

/** How many rows there were. */
export const removePreferences = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(remove, [environmentId, playerId])).length
