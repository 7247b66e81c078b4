import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { findPlayer } from '../../players/auth/service.js'
import { bringTo } from '../save-formats/service.js'
import { documentOf, isDocument, isSmallDocument } from './content.js'
import { limitOf } from './limit.js'
import { ownerOf } from './owner.js'
import {
  findReadableHead,
  findReadableVersion,
  listSlots,
  listVersions,
  type ReadableRow,
} from './read-store.js'
import { SaveId } from './schema.js'
import { toSave, toSlot } from './shown.js'
import { findUsage } from './store.js'

/** That a slot has nothing to read; of a deleted one with its tombstone, which the next write must name. */
function nothingThere(row: ReadableRow | undefined): Problem {
  if (row?.deleted !== true) return notFound()
  const tombstone = { version: row.version, updated_at: row.created_at.toISOString() }
  return new Problem('not_found', { extensions: { tombstone } })
}

/** The head of a slot, or one of its versions. Throws `not_found` also for a slot that is deleted. */
export async function findReadable(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  version: number | undefined,
): Promise<ReadableRow> {
  const environmentId = environmentOf(ctx)
  const row =
    version === undefined
      ? await findReadableHead(environmentId, ctx.db, playerId, saveId)
      : await findReadableVersion(environmentId, ctx.db, playerId, { saveId, version })
  if (row === undefined || row.deleted) throw nothingThere(row)
  return row
}

/** The head of a slot, or one of its versions, with its data; a document in the format that is asked for. */
export async function readSave(
  ctx: Ctx,
  userId: string,
  saveId: string,
  asked: { version?: number | undefined; schema_version?: number | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const row = await findReadable(ctx, playerId, saveId, asked.version)
  const save = toSave(row)
  if (!isDocument(row)) return { save, data: null }
  const data = await documentOf(ctx, playerId, row)
  const wanted = asked.schema_version ?? row.schema_version
  if (wanted === row.schema_version) return { save, data }
  const brought = await bringTo(ctx, environmentOf(ctx), data, row.schema_version, wanted)
  return { save, data: brought, migrated_to: wanted }
}

/** A version to show beside something else: its data is left out where that is large. */
export async function shownWithData(ctx: Ctx, playerId: string, row: ReadableRow) {
  const save = toSave(row)
  if (isSmallDocument(row)) return { save, data: await documentOf(ctx, playerId, row) }
  return { save, data: null, ...(isDocument(row) ? { data_omitted: true } : {}) }
}

/** A server that finds nothing of a player may have named one that does not exist. */
async function assertThere(ctx: Ctx, playerId: string, found: readonly unknown[]): Promise<void> {
  if (found.length > 0 || ctx.actor.kind === 'player') return
  if ((await findPlayer(environmentOf(ctx), ctx.db, playerId)) === undefined) throw notFound()
}

/** The living slots of a player, by name, and what all of them take. */
export async function listSaves(
  ctx: Ctx,
  userId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const after = cursor === undefined ? '' : decodeCursor(SaveId, cursor)
  const environmentId = environmentOf(ctx)
  const rows = await listSlots(environmentId, ctx.db, playerId, after, limit + 1)
  await assertThere(ctx, playerId, rows)
  const used = await findUsage(environmentId, ctx.db, playerId)
  const usage = {
    billed_bytes: used?.bytes ?? 0,
    stored_bytes: used?.kept_bytes ?? 0,
    limit_bytes: (await limitOf(ctx)).bytes,
  }
  return { ...pageOf(rows, limit, toSlot, row => row.save_id), usage }
}

/** Every version of a slot that is kept, newest first, tombstones included. */
export async function listHistory(
  ctx: Ctx,
  userId: string,
  { save_id, limit, cursor }: { save_id: string; limit: number; cursor?: string | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const before = cursor === undefined ? 2 ** 31 - 1 : decodeCursor(z.int32(), cursor)
  const environmentId = environmentOf(ctx)
  const rows = await listVersions(environmentId, ctx.db, playerId, save_id, before, limit + 1)
  await assertThere(ctx, playerId, rows)
  return pageOf(rows, limit, toSave, row => row.version)
}
