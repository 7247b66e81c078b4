import type { Readable } from 'node:stream'
import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx, playerOf } from '../../gateway/context.js'
import { assertFreshProof, findPlayer } from '../auth/service.js'
import { addExport, type ExportRow, findExport, listExports, openArchive } from './store.js'

// An archive is work for every store: within an hour the one that was made will do.
const recentMs = 3_600_000

const toExport = (row: ExportRow) => ({
  id: row.id,
  state: row.state,
  requested_by: row.requested_by,
  created_at: row.created_at.toISOString(),
  ready_at: row.ready_at?.toISOString() ?? null,
  expires_at: row.expires_at?.toISOString() ?? null,
  size: row.size,
  sha256: row.sha256?.toString('hex') ?? null,
})

/** Has an archive made of everything that is kept of the player; one at a time. */
export async function requestMyExport(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertFreshProof(ctx)
  const made = await listExports(environmentId, ctx.db, playerId)
  const recent = made.find(
    one => one.state === 'ready' && ctx.now().getTime() - one.created_at.getTime() < recentMs,
  )
  if (recent !== undefined) return { export: toExport(recent) }
  const row = await ctx.db.transaction(tx =>
    addExport(environmentId, tx, {
      id: uuidv7(),
      playerId,
      requestedBy: 'player',
      now: ctx.now(),
    }),
  )
  return { export: toExport(row) }
}

/** The same on behalf of a player. */
export async function requestExportFor(ctx: Ctx, environmentId: string, playerId: string) {
  if ((await findPlayer(environmentId, ctx.db, playerId)) === undefined) throw notFound()
  const requestedBy = ctx.actor.kind
  const row = await ctx.db.transaction(async tx => {
    const made = { id: uuidv7(), playerId, requestedBy, now: ctx.now() }
    const added = await addExport(environmentId, tx, made)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'exports.request_for',
      target: playerId,
      requestId: ctx.requestId,
    })
    return added
  })
  return { export: toExport(row) }
}

export async function listMyExports(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const rows = await listExports(environmentId, ctx.db, playerId)
  return { items: rows.map(toExport), next_cursor: null }
}

async function ready(ctx: Ctx, environmentId: string, playerId: string, id: string) {
  const row = await findExport(environmentId, ctx.db, playerId, id)
  if (row === undefined) throw notFound()
  return row
}

export async function getExport(ctx: Ctx, environmentId: string, playerId: string, id: string) {
  return { export: toExport(await ready(ctx, environmentId, playerId, id)) }
}

export const getMyExport = (ctx: Ctx, id: string) => {
  const { environmentId, playerId } = playerOf(ctx)
  return getExport(ctx, environmentId, playerId, id)
}

/** The archive itself. Throws `not_ready` while it is being made. */
export async function readArchive(
  ctx: Ctx,
  environmentId: string,
  playerId: string,
  id: string,
): Promise<{ archive: Readable; size: number }> {
  const row = await ready(ctx, environmentId, playerId, id)
  if (row.state !== 'ready' || row.size === null) throw new Problem('not_ready')
  return { archive: await openArchive(ctx.blobs, row), size: row.size }
}

export const readMyArchive = (ctx: Ctx, id: string) => {
  const { environmentId, playerId } = playerOf(ctx)
  return readArchive(ctx, environmentId, playerId, id)
}
