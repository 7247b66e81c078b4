import { Readable } from 'node:stream'
import { audit } from '@aethex/shared/audit'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { createLanes } from '@aethex/shared/limits'
import { z } from 'zod'
import { auditActorOf, type Ctx, tenantOf } from '../../gateway/context.js'
import { type Filters, listWithSeals, type Position, searchEntries } from './store.js'
import { beginning, type NotedLink, verifyChain } from './verification.js'

export { sealAuditLog } from './sealing.js'

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

/** The entries of the organisation that fit, newest first. */
export async function searchAudit(
  ctx: Ctx,
  filters: Filters,
  page: { limit: number; cursor?: string | undefined },
) {
  const { organizationId } = tenantOf(ctx)
  const before = page.cursor === undefined ? undefined : decodeCursor(Cursor, page.cursor)
  const rows = await searchEntries(organizationId, ctx.db, filters, before, page.limit + 1)
  return pageOf(
    rows,
    page.limit,
    row => row,
    row => [row.created_at, row.id],
  )
}

const pageSize = 1_000

async function* linesOf(ctx: Ctx, organizationId: string, from: string | undefined, to: string) {
  // The smallest id: entries of the very first moment come after it.
  let after: Position = from === undefined ? beginning : [from, beginning[1]]
  for (;;) {
    const rows = await listWithSeals(organizationId, ctx.db, after, to, pageSize)
    for (const { entry, seal } of rows) yield `${JSON.stringify({ ...entry, seal })}\n`
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = [last.entry.created_at, last.entry.id]
  }
}

/** The entries of a period, oldest first, a line of JSON each, with the link that seals them. */
export async function exportAudit(
  ctx: Ctx,
  period: { from?: string | undefined; to?: string | undefined },
): Promise<Readable> {
  const { organizationId } = tenantOf(ctx)
  const to = period.to ?? ctx.now().toISOString()
  await audit(ctx.db, {
    organizationId,
    actor: auditActorOf(ctx),
    action: 'audit.export',
    target: organizationId,
    details: { from: period.from ?? null, to },
    requestId: ctx.requestId,
  })
  return Readable.from(linesOf(ctx, organizationId, period.from, to))
}

// Recomputing a long chain keeps a core busy: one at a time, and few wait.
const inTurn = createLanes(1, 8)

/** Recomputes the organisation's chain. With `noted`, also whether it still holds that link. */
export async function verifyAudit(ctx: Ctx, noted: NotedLink | undefined) {
  const { organizationId } = tenantOf(ctx)
  return inTurn(() => verifyChain(organizationId, ctx.db, noted))
}
