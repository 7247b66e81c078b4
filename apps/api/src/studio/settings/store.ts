import { type Db, statement } from '@aethex/shared/db'

export interface SettingRow {
  name: string
  value: unknown
  version: number
  updated_at: Date
}

const columns = 'name, value, version, updated_at'

const find = statement<SettingRow>(
  'settings.find',
  `SELECT ${columns} FROM environment_setting WHERE environment_id = $1 AND name = $2`,
)
const list = statement<SettingRow>(
  'settings.list',
  `SELECT ${columns} FROM environment_setting WHERE environment_id = $1 ORDER BY name`,
)
// Version 0 is the setting that nobody has written yet.
const write = statement<SettingRow>(
  'settings.write',
  `INSERT INTO environment_setting AS s (environment_id, name, value)
   SELECT $1, $2, $3 WHERE coalesce($4::int, 0) = 0
     OR EXISTS (SELECT FROM environment_setting WHERE environment_id = $1 AND name = $2)
   ON CONFLICT (environment_id, name) DO UPDATE
     SET value = excluded.value, version = s.version + 1, updated_at = now()
     WHERE $4::int IS NULL OR s.version = $4
   RETURNING ${columns}`,
)

export const findSetting = (environmentId: string, db: Db, name: string) =>
  db.one(find, [environmentId, name])

export const listSettings = (environmentId: string, db: Db) => db.all(list, [environmentId])

/** Undefined when the setting is not at `version` any more. */
export const writeSettingRow = (
  environmentId: string,
  tx: Db,
  name: string,
  value: unknown,
  version: number | undefined,
) => tx.one(write, [environmentId, name, JSON.stringify(value), version ?? null])
