import { type Db, statement } from '@aethex/shared/db'
import type { FindingRow } from './store.js'

const all = statement<FindingRow & { run_id: string }>(
  'format_runs.findings_of_player',
  `SELECT run_id, player_id, save_id, version, schema_version, kind, detail FROM save_format_finding
   WHERE environment_id = $1 AND player_id = $2 ORDER BY run_id, save_id, version`,
)
const remove = statement<{ version: number }>(
  'format_runs.remove_findings',
  'DELETE FROM save_format_finding WHERE environment_id = $1 AND player_id = $2 RETURNING version',
)

export const findingsOf = (environmentId: string, db: Db, playerId: string) =>
  db.all(all, [environmentId, playerId])

export const removeFindings = (environmentId: string, db: Db, playerId: string) =>
  db.all(remove, [environmentId, playerId])
