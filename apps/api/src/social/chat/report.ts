import { audit } from '@aethex/shared/audit'
import type { ChatMessage } from '@aethex/shared/chat'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import {
  auditActorOf,
  type Ctx,
  environmentOf,
  type Parts,
  playerOf,
} from '../../gateway/context.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import { type Place, placeOf } from './place.js'
import {
  addReport,
  findOwnReport,
  listAround,
  listReportRows,
  type NewReportRow,
  type ReportRow,
  resolveReportRow,
} from './report-store.js'
import type { ReportPage, Verdict } from './schema.js'
import { findMessage } from './store.js'

/** How many messages on either side of a reported one are copied. */
const reach = 10

const reportsBudget = { name: 'chat-reports', quota: 20, windowSeconds: 3_600 }

interface Complaint {
  reporterId: string | null
  reportedId: string
  number: number
  reason: string
}

async function write(
  { now }: Pick<Parts, 'now'>,
  environmentId: string,
  tx: Db,
  place: Place,
  complaint: Complaint,
): Promise<string | undefined> {
  const context = await listAround(environmentId, tx, place.key, complaint.number, reach)
  const id = uuidv7()
  const spot = { key: place.key, channel: place.name }
  const row: NewReportRow = { ...complaint, ...spot, id, context, now: now() }
  if ((await addReport(environmentId, tx, row)) === undefined) return undefined
  await tellStudio(tx, environmentId, 'chat.reported', {
    report_id: id,
    channel: place.name,
    number: complaint.number,
    player_id: complaint.reportedId,
    reporter_id: complaint.reporterId,
    reason: complaint.reason,
  })
  return id
}

/** Puts a message before the moderators that the word filter lets pass. */
export async function reportByFilter(
  parts: Pick<Parts, 'now'>,
  environmentId: string,
  tx: Db,
  place: Place,
  message: ChatMessage,
): Promise<void> {
  const reportedId = message.from?.player_id
  if (reportedId === undefined) return
  const complaint = { reporterId: null, reportedId, number: message.number, reason: 'word filter' }
  await write(parts, environmentId, tx, place, complaint)
}

/**
 * Puts a message before the moderators, with those around it as they are now: what is deleted afterwards they still
 * see. The same player's second report of it is the first one. Throws `not_found`.
 */
export async function reportMessage(ctx: Ctx, name: string, number: number, reason: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const found = await findMessage(environmentId, ctx.db, place.key, number)
  if (found?.author_id == null || found.deleted_by !== null) throw notFound()
  const reportedId = found.author_id
  if (reportedId === playerId) throw new Problem('forbidden')
  await ctx.limits.take(reportsBudget, `${environmentId}:${playerId}`)
  const id = await ctx.db.transaction(async tx => {
    const complaint = { reporterId: playerId, reportedId, number, reason }
    const written = await write(ctx, environmentId, tx, place, complaint)
    if (written !== undefined) return written
    return (await findOwnReport(environmentId, tx, place.key, number, playerId))?.id
  })
  if (id === undefined) throw new Error('the report is not there')
  return { report_id: id }
}

const toReport = ({ resolved_by_kind: kind, resolved_by_id: id, ...row }: ReportRow) => ({
  ...row,
  created_at: row.created_at.toISOString(),
  resolved_at: row.resolved_at?.toISOString() ?? null,
  resolved_by: kind === null ? null : { kind, id },
})

/** What waits for a judgement, or was judged; newest first. */
export async function listReports(ctx: Ctx, page: z.output<typeof ReportPage>) {
  const environmentId = environmentOf(ctx)
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await ctx.db.within(environmentId, tx =>
    listReportRows(environmentId, tx, page.state, before, page.limit + 1),
  )
  return pageOf(rows, page.limit, toReport, row => row.id)
}

/** Says what became of a report; may be said anew. Throws `not_found`. */
export async function resolveReport(ctx: Ctx, reportId: string, verdict: z.output<typeof Verdict>) {
  const environmentId = environmentOf(ctx)
  const by = auditActorOf(ctx)
  return ctx.db.transaction(async tx => {
    const row = await resolveReportRow(environmentId, tx, reportId, {
      ...verdict,
      by,
      now: ctx.now(),
    })
    if (row === undefined) throw notFound()
    await audit(tx, {
      environmentId,
      actor: by,
      action: 'chat.reports.resolve',
      target: row.reported_id,
      details: { report_id: reportId, state: verdict.state },
      requestId: ctx.requestId,
    })
    return { report: toReport(row) }
  })
}
