import { notFound, Problem } from '@aethex/shared/errors'
import { createLanes } from '@aethex/shared/limits'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import {
  type Content,
  discardPacks,
  joinParts,
  writeContent,
  writtenBefore,
} from '../saves/service.js'
import { readStaged, removeStaged } from './staged-store.js'
import {
  changedSince,
  closeUpload,
  findUpload,
  holdUpload,
  listPacks,
  listParts,
  type PartRow,
  removeParts,
  type UploadRow,
} from './store.js'
import { getUpload, missingOf, receivedOf } from './uploading.js'

// Each reads all of its file once: few at a time, or the processes do nothing else.
const lanes = createLanes(4, 32)

/** Thrown into the transaction of a version whose upload has ended meanwhile. */
class Ended extends Error {}

/** Thrown into it when a part was sent again since the parts were joined. */
class Changed extends Error {}

/** How often the parts are looked at, where others come while they are joined. */
const mostLooks = 3

const incomplete = (missing: readonly number[]) =>
  new Problem('upload_incomplete', { extensions: { missing } })

/** An upload is its own key: however often it is completed, one version comes of it. */
const asItself = (ctx: Ctx, { upload_id: key, hash: requestHash }: UploadRow): Ctx => ({
  ...ctx,
  idempotency: { scope: 'save_uploads', key, requestHash },
})

/** Forgets the parts that point at packs which are gone; those that came in their place meanwhile stay. */
async function forgetLost(ctx: Ctx, row: UploadRow, gone: ReadonlySet<string>): Promise<number[]> {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  const { lost, removed } = await ctx.db.transaction(async tx => {
    if ((await holdUpload(environmentId, tx, playerId, uploadId)) === undefined) throw new Ended()
    const parts = await listParts(environmentId, tx, playerId, uploadId)
    const lost = parts
      .filter(({ packs }) => packs.some(pack => gone.has(pack)))
      .map(({ part }) => part)
    const removed = await removeParts(environmentId, tx, playerId, { uploadId, parts: lost })
    return { lost, removed }
  })
  await discardPacks(ctx, environmentId, playerId, removed)
  return lost
}

/** The packs of its parts as one content. What has pointed at packs that are gone by now has to come again. */
async function joined(ctx: Ctx, row: UploadRow, parts: readonly PartRow[]) {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  const missing = missingOf(
    row,
    parts.map(({ part }) => part),
  )
  if (missing.length > 0) throw incomplete(missing)
  const packs = await listPacks(environmentId, ctx.db, playerId, uploadId)
  const recipes = parts.map(({ recipe }) => recipe)
  const whole = { recipes, packs, size: row.size }
  const found = await joinParts(ctx, playerId, row.save_id, whole, row.content_type)
  if ('content' in found) return found.content
  const lost = await forgetLost(ctx, row, found.lost)
  throw lost.length > 0 ? incomplete(lost) : new Changed()
}

async function staged(ctx: Ctx, row: UploadRow) {
  const missing = missingOf(row, await receivedOf(ctx, row))
  if (missing.length > 0) throw incomplete(missing)
  return readStaged(row.environment_id, ctx.blobs, row.upload_id, row.part_count)
}

async function writeOnce(ctx: Ctx, userId: string, row: UploadRow, parts: readonly PartRow[]) {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  const content: Content = {
    contentType: row.content_type,
    bytes: row.direct ? await staged(ctx, row) : await joined(ctx, row, parts),
    size: row.size,
    hash: row.hash,
    action: 'save_uploads.complete',
    alongside: async tx => {
      const closed = await closeUpload(environmentId, tx, playerId, { uploadId, parts })
      if (closed === 'ended') throw new Ended()
      if (closed === 'changed') throw new Changed()
    },
  }
  return writeContent(ctx, userId, { ...row.asked, save_id: row.save_id }, content)
}

/**
 * Joins the parts as they are and makes a version of them. Whatever fails while a part is sent again may have failed for
 * that: then the parts are looked at anew.
 */
async function write(ctx: Ctx, userId: string, row: UploadRow) {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  for (let look = 1; ; look++) {
    const parts = row.direct ? [] : await listParts(environmentId, ctx.db, playerId, uploadId)
    try {
      return await writeOnce(ctx, userId, row, parts)
    } catch (error) {
      if (error instanceof Ended) throw error
      // A part that was forgotten as lost is what the answer tells of.
      if (error instanceof Problem && error.code === 'upload_incomplete') throw error
      const changed = await changedSince(environmentId, ctx.db, playerId, { uploadId, parts })
      if (!(error instanceof Changed) && changed.length === 0) throw error
      const now = await findUpload(environmentId, ctx.db, playerId, uploadId)
      if (now?.state !== 'open') throw new Ended()
      if (look === mostLooks) throw incomplete(changed)
    }
  }
}

/**
 * Makes a version of an upload, by the same way as every write; asked again, it answers what it has answered. Throws
 * `upload_incomplete` with what is missing, `digest_mismatch` when the whole has another hash than it was begun with,
 * and as a write does.
 */
export async function completeUpload(ctx: Ctx, userId: string, saveId: string, uploadId: string) {
  const row = await getUpload(ctx, userId, saveId, uploadId)
  const own = asItself(ctx, row)
  const again = async () => {
    const answer = await writtenBefore(own, userId)
    if (answer === undefined) throw notFound()
    return { answer, warning: undefined }
  }
  if (row.state === 'done') return again()
  const written = await lanes(() => write(own, userId, row)).catch(async error => {
    // Another request may have completed it under this one, at whatever step this one was.
    const now = await findUpload(row.environment_id, ctx.db, row.player_id, uploadId)
    if (now?.state === 'done') return again()
    throw error instanceof Ended ? notFound() : error
  })
  if (row.direct) {
    await removeStaged(environmentOf(ctx), ctx.blobs, uploadId).catch(error =>
      ctx.log.warn({ err: error }, 'what a direct upload has staged stays until the next sweep'),
    )
  }
  return written
}
