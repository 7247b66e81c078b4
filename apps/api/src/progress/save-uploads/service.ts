import { notFound } from '@aethex/shared/errors'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import type { Ctx } from '../../gateway/context.js'
import { discardPacks } from '../saves/service.js'
import { urlsOf } from './direct.js'
import { removeStaged } from './staged-store.js'
import { holdUpload, removeUpload } from './store.js'
import { assertOpen, getUpload, receivedOf, toUpload } from './uploading.js'

export { beginUpload } from './begin.js'
export { completeUpload } from './complete.js'
export { putPart } from './parts.js'

/** An upload as it stands, and addresses for the parts of a direct one where they are asked for. */
export async function readUpload(
  ctx: Ctx,
  userId: string,
  saveId: string,
  { uploadId, urls: asked }: { uploadId: string; urls: readonly number[] | undefined },
) {
  const row = await getUpload(ctx, userId, saveId, uploadId)
  const received = await receivedOf(ctx, row)
  const urls = asked === undefined ? undefined : await urlsOf(ctx, row, received, asked)
  return { upload: toUpload(row, received), ...(urls === undefined ? {} : { urls }) }
}

/** Gives an upload up, and what has come of it. Throws `upload_completed` when it is a save already. */
export async function abortUpload(
  ctx: Ctx,
  userId: string,
  saveId: string,
  uploadId: string,
): Promise<void> {
  const row = await getUpload(ctx, userId, saveId, uploadId)
  const { environment_id: environmentId, player_id: playerId } = row
  assertOpen(row)
  const packs = await ctx.db.transaction(async tx => {
    // A version that was being made of it comes first: then its receipt stays.
    if ((await holdUpload(environmentId, tx, playerId, uploadId)) === undefined) return undefined
    const removed = await removeUpload(environmentId, tx, playerId, uploadId)
    await auditUnlessPlayer(ctx, tx, {
      action: 'save_uploads.abort',
      target: playerId,
      details: { save_id: saveId, upload_id: uploadId },
    })
    return removed
  })
  if (packs === undefined) {
    assertOpen(await getUpload(ctx, userId, saveId, uploadId))
    throw notFound()
  }
  await discardPacks(ctx, environmentId, playerId, packs)
  if (row.direct) await removeStaged(environmentId, ctx.blobs, uploadId)
}
