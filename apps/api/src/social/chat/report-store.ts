import { type Db, statement } from '@aethex/shared/db'

export interface ContextRow {
  number: number
  player_id: string | null
  username: string | null
  text: string | null
  created_at: string
}

export interface ReportRow {
  id: string
  reporter_id: string | null
  reported_id: string
  channel: string
  number: number
  reason: string
  context: ContextRow[]
  state: 'open' | 'upheld' | 'dismissed'
  created_at: Date
  resolved_at: Date | null
  resolved_by_kind: string | null
  resolved_by_id: string | null
  resolution: string | null
}

const columns = `id, reporter_id, reported_id, channel, number, reason, context, state::text AS state, created_at,
  resolved_at, resolved_by_kind, resolved_by_id, resolution`

const around = statement<{
  number: number
  player_id: string | null
  username: string | null
  text: string | null
  created_at: Date
}>(
  'chat.around',
  `SELECT m.number, m.author_id AS player_id, p.username, m.text, m.created_at FROM chat_message m
   LEFT JOIN player p ON p.environment_id = m.environment_id AND p.id = m.author_id
   WHERE m.environment_id = $1 AND m.channel_key = $2 AND m.number BETWEEN $3::int - $4::int AND $3::int + $4::int
   ORDER BY m.number`,
)
// A player reports a message once; the word filter, that is nobody, each time it is asked.
const insert = statement<{ id: string }>(
  'chat.add_report',
  `INSERT INTO chat_report (environment_id, id, reporter_id, reported_id, channel_key, channel, number, reason, context,
     created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   ON CONFLICT (environment_id, channel_key, number, reporter_id) DO NOTHING RETURNING id`,
)
const findOwn = statement<{ id: string }>(
  'chat.find_report',
  `SELECT id FROM chat_report
   WHERE environment_id = $1 AND channel_key = $2 AND number = $3 AND reporter_id = $4`,
)
const list = statement<ReportRow>(
  'chat.list_reports',
  `SELECT ${columns} FROM chat_report
   WHERE environment_id = $1 AND state = $2::chat_report_state AND ($3::uuid IS NULL OR id < $3)
   ORDER BY id DESC LIMIT $4`,
)
const resolve = statement<ReportRow>(
  'chat.resolve_report',
  `UPDATE chat_report SET state = $3::chat_report_state, resolution = $4, resolved_at = $5, resolved_by_kind = $6,
     resolved_by_id = $7
   WHERE environment_id = $1 AND id = $2 RETURNING ${columns}`,
)

/** The message of that number, and up to `reach` on either side of it. */
export async function listAround(
  environmentId: string,
  db: Db,
  key: string,
  number: number,
  reach: number,
): Promise<ContextRow[]> {
  const rows = await db.all(around, [environmentId, key, number, reach])
  return rows.map(row => ({ ...row, created_at: row.created_at.toISOString() }))
}

export interface NewReportRow {
  id: string
  reporterId: string | null
  reportedId: string
  key: string
  channel: string
  number: number
  reason: string
  context: readonly ContextRow[]
  now: Date
}

/** Undefined when the same player has reported it before. */
export const addReport = (environmentId: string, tx: Db, report: NewReportRow) =>
  tx.one(insert, [
    environmentId,
    report.id,
    report.reporterId,
    report.reportedId,
    report.key,
    report.channel,
    report.number,
    report.reason,
    JSON.stringify(report.context),
    report.now,
  ])

export const findOwnReport = (
  environmentId: string,
  db: Db,
  key: string,
  number: number,
  reporterId: string,
) => db.one(findOwn, [environmentId, key, number, reporterId])

/** Newest first, older than the report `before`. */
export const listReportRows = (
  environmentId: string,
  db: Db,
  state: ReportRow['state'],
  before: string | undefined,
  limit: number,
) => db.all(list, [environmentId, state, before ?? null, limit])

/** Undefined when there is no such report. */
export const resolveReportRow = (
  environmentId: string,
  tx: Db,
  id: string,
  verdict: {
    state: ReportRow['state']
    resolution: string
    by: { kind: string; id?: string }
    now: Date
  },
) => {
  const { state, resolution, by, now } = verdict
  return tx.one(resolve, [environmentId, id, state, resolution, now, by.kind, by.id ?? null])
}
