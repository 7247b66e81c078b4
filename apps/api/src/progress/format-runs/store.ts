import { type Db, statement } from '@aethex/shared/db'
import type { StoredReport } from './report.js'
import type { FindingDetail } from './schema.js'
import type { VersionPlace } from './stored-saves.js'

export interface RunRow {
  environment_id: string
  id: string
  kind: 'dry' | 'apply'
  state: 'running' | 'paused' | 'cancelled' | 'done' | 'failed'
  schema_version: number
  steps: unknown
  per_second: number
  samples: number
  position: VersionPlace | null
  report: unknown
  turn: number
  setbacks: number
  reason: string | null
  created_at: Date
  finished_at: Date | null
}

export interface FindingRow extends VersionPlace {
  kind: 'failed' | 'sample'
  schema_version: number
  detail: FindingDetail
}

const columns = `environment_id, id, kind, state, schema_version, steps, per_second, samples, position, report, turn,
  setbacks, reason, created_at, finished_at`
const isOne = 'environment_id = $1 AND id = $2'
// Whoever has taken the run on last, and while it is to go on.
const isMine = `${isOne} AND turn = $3 AND state = 'running'`

const insert = statement<RunRow>(
  'format_runs.insert',
  `INSERT INTO save_format_run (environment_id, id, kind, schema_version, steps, per_second, samples, report,
     leased_until, created_at)
   VALUES ($1, $2, $3::save_format_run_kind, $4, $5, $6, $7, $8, $9, $9) RETURNING ${columns}`,
)
const active = statement<{ id: string }>(
  'format_runs.active',
  `SELECT id FROM save_format_run
   WHERE environment_id = $1 AND kind = $2::save_format_run_kind AND state IN ('running', 'paused') ORDER BY id`,
)
const find = statement<RunRow>(
  'format_runs.find',
  `SELECT ${columns} FROM save_format_run WHERE ${isOne}`,
)
const list = statement<RunRow>(
  'format_runs.list',
  `SELECT ${columns} FROM save_format_run WHERE environment_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const turnTo = statement<RunRow>(
  'format_runs.turn_to',
  `UPDATE save_format_run SET state = $3::save_format_run_state, setbacks = 0, leased_until = $5,
     position = CASE WHEN $6 THEN NULL ELSE position END, finished_at = CASE WHEN $6 THEN $5::timestamptz END
   WHERE ${isOne} AND state::text = ANY($4) RETURNING ${columns}`,
)
const claim = statement<RunRow>(
  'format_runs.claim',
  `WITH due AS MATERIALIZED (
     SELECT environment_id AS e, id AS i FROM save_format_run WHERE state = 'running' AND leased_until <= $1
     ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED)
   UPDATE save_format_run SET turn = turn + 1, leased_until = $2
   FROM due WHERE environment_id = e AND id = i RETURNING ${columns}`,
)
const progress = statement<{ id: string }>(
  'format_runs.progress',
  `UPDATE save_format_run SET position = $4, report = $5, leased_until = $6, setbacks = 0
   WHERE ${isMine} RETURNING id`,
)
const release = statement<never>(
  'format_runs.release',
  `UPDATE save_format_run SET leased_until = $4 WHERE ${isMine}`,
)
const setBack = statement<never>(
  'format_runs.set_back',
  `UPDATE save_format_run SET leased_until = $4, setbacks = setbacks + 1 WHERE ${isMine}`,
)
const end = statement<RunRow>(
  'format_runs.end',
  `UPDATE save_format_run SET state = $4::save_format_run_state, reason = $5, finished_at = $6, position = NULL
   WHERE ${isMine} RETURNING ${columns}`,
)
const addFinding = statement<never>(
  'format_runs.add_finding',
  `INSERT INTO save_format_finding (environment_id, run_id, player_id, save_id, version, schema_version, kind, detail)
   SELECT $1, $2, $3, $4, $5, $6, $7::save_format_finding_kind, $8
   WHERE EXISTS (SELECT FROM player WHERE environment_id = $1 AND id = $3) ON CONFLICT DO NOTHING`,
)
const findings = statement<FindingRow>(
  'format_runs.findings',
  `SELECT player_id, save_id, version, schema_version, kind, detail FROM save_format_finding
   WHERE environment_id = $1 AND run_id = $2 AND ($3::text IS NULL OR kind::text = $3)
     AND ($4::uuid IS NULL OR (player_id, save_id, version) > ($4, $5, $6))
   ORDER BY player_id, save_id, version LIMIT $7`,
)
const forget = statement<{ id: string }>(
  'format_runs.forget',
  'DELETE FROM save_format_run WHERE finished_at < $1 RETURNING id',
)

export interface NewRunRow {
  id: string
  kind: RunRow['kind']
  schemaVersion: number
  steps: unknown
  perSecond: number
  samples: number
  report: StoredReport
  now: Date
}

export async function addRun(environmentId: string, tx: Db, run: NewRunRow): Promise<RunRow> {
  const row = await tx.one(insert, [
    environmentId,
    run.id,
    run.kind,
    run.schemaVersion,
    JSON.stringify(run.steps),
    run.perSecond,
    run.samples,
    JSON.stringify(run.report),
    run.now,
  ])
  if (row === undefined) throw new Error('the run was not inserted')
  return row
}

/** The runs of a kind that are not over. */
export const activeRuns = (environmentId: string, db: Db, kind: RunRow['kind']) =>
  db.all(active, [environmentId, kind])

export const findRun = (environmentId: string, db: Db, id: string) =>
  db.one(find, [environmentId, id])

/** Newest first, after the run `after`. */
export const listRuns = (environmentId: string, db: Db, after: string | undefined, limit: number) =>
  db.all(list, [environmentId, after ?? null, limit])

/** Undefined when the run is in none of the states `from`. */
export const changeState = (
  environmentId: string,
  tx: Db,
  id: string,
  { to, from, now }: { to: RunRow['state']; from: readonly RunRow['state'][]; now: Date },
) => tx.one(turnTo, [environmentId, id, to, from, now, to === 'cancelled'])

/** One run of any tenant that nobody works on; whoever had it before may write nothing more. */
export const claimRun = (db: Db, now: Date, leasedUntil: Date) => db.one(claim, [now, leasedUntil])

/** The run as this process has taken it on. */
type Mine = Pick<RunRow, 'environment_id' | 'id' | 'turn'>

const mine = ({ environment_id, id, turn }: Mine) => [environment_id, id, turn]

/** Undefined when the run was paused, cancelled, or taken on by another process. */
export const noteProgress = (
  run: Mine,
  tx: Db,
  {
    position,
    report,
    leasedUntil,
  }: { position: VersionPlace; report: StoredReport; leasedUntil: Date },
) => tx.one(progress, [...mine(run), JSON.stringify(position), JSON.stringify(report), leasedUntil])

/** Lets others take the run on from `at`. */
export const releaseRun = (run: Mine, db: Db, at: Date) => db.one(release, [...mine(run), at])

export const setRunBack = (run: Mine, db: Db, until: Date) => db.one(setBack, [...mine(run), until])

export const endRun = (
  run: Mine,
  tx: Db,
  { state, reason, now }: { state: 'done' | 'failed'; reason: string | null; now: Date },
) => tx.one(end, [...mine(run), state, reason, now])

export const addFindingRow = (
  environmentId: string,
  tx: Db,
  runId: string,
  { player_id, save_id, version, schema_version, kind, detail }: FindingRow,
) =>
  tx.one(addFinding, [
    environmentId,
    runId,
    player_id,
    save_id,
    version,
    schema_version,
    kind,
    JSON.stringify(detail),
  ])

export const listFindings = (
  environmentId: string,
  db: Db,
  runId: string,
  page: { kind: string | undefined; after: VersionPlace | undefined; limit: number },
) =>
  db.all(findings, [
    environmentId,
    runId,
    page.kind ?? null,
    page.after?.player_id ?? null,
    page.after?.save_id ?? null,
    page.after?.version ?? null,
    page.limit,
  ])

/** Forgets runs of all tenants that ended before. */
export const forgetRuns = (before: Date, db: Db) => db.all(forget, [before])
