import type { IncomingHttpHeaders } from 'node:http'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import type { Ctx } from '../../gateway/context.js'
import { declaredHash, discardPacks, type StoredPart, storePart } from '../saves/service.js'
import { addPart, findPartHash, holdUpload, removeParts, type UploadRow } from './store.js'
import { assertOpen, getUpload, lengthOf, receivedOf, toUpload } from './uploading.js'

const wrongLength = (length: number) =>
  new Problem('invalid_request', { detail: `This part has ${length} bytes.` })

/** The bytes of a stream that must be so many. */
async function* exactly(
  stream: AsyncIterable<Uint8Array>,
  length: number,
): AsyncIterable<Uint8Array> {
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size > length) throw wrongLength(length)
    yield piece
  }
  if (size < length) throw wrongLength(length)
}

/** Writes down a part whose bytes lie in the store; answers the packs that nobody needs any more. */
function keepPart(ctx: Ctx, row: UploadRow, part: number, stored: StoredPart) {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  return ctx.db.transaction(async tx => {
    if ((await holdUpload(environmentId, tx, playerId, uploadId)) === undefined) return undefined
    const before = await findPartHash(environmentId, tx, playerId, { uploadId, part })
    await auditUnlessPlayer(ctx, tx, {
      action: 'save_uploads.put_part',
      target: playerId,
      details: { upload_id: uploadId, part },
    })
    // The same bytes again: the answer to the first time was lost.
    if (before?.equals(stored.hash)) return stored.newPacks
    const replaced = await removeParts(environmentId, tx, playerId, { uploadId, parts: [part] })
    await addPart(environmentId, tx, playerId, { uploadId, part }, stored)
    return replaced
  })
}

/**
 * Stores a part of an upload; one that is there already is replaced. Throws `invalid_request` for another length than
 * the part has, `digest_mismatch`, and `upload_completed`.
 */
export async function putPart(
  ctx: Ctx,
  {
    user_id,
    save_id,
    upload_id,
    part,
  }: Record<'user_id' | 'save_id' | 'upload_id', string> & {
    part: number
  },
  { headers, stream }: { headers: IncomingHttpHeaders; stream: AsyncIterable<Uint8Array> },
) {
  const row = await getUpload(ctx, user_id, save_id, upload_id)
  const { environment_id: environmentId, player_id: playerId } = row
  assertOpen(row)
  if (row.direct) {
    const detail = 'The parts of this upload go to the object store.'
    throw new Problem('invalid_request', { detail })
  }
  const length = lengthOf(row, part)
  const declared = headers['content-length']
  if (declared !== undefined && Number(declared) !== length) throw wrongLength(length)
  const hash = declaredHash(headers['content-digest'])
  const stored = await storePart(ctx, playerId, save_id, exactly(stream, length), {
    wholeSize: row.size,
    // A slot of its own, should it come to that, cannot share with this one.
    mayShare: row.asked.on_conflict.strategy !== 'keep_both',
  })
  if (hash !== undefined && !stored.hash.equals(hash)) {
    await discardPacks(ctx, environmentId, playerId, stored.newPacks)
    throw new Problem('digest_mismatch')
  }
  const needless = await keepPart(ctx, row, part, stored)
  await discardPacks(ctx, environmentId, playerId, needless ?? stored.newPacks)
  const now = await getUpload(ctx, user_id, save_id, upload_id)
  // While it was coming the upload was ended.
  if (needless === undefined)
    throw now.state === 'done' ? new Problem('upload_completed') : notFound()
  return { upload: toUpload(now, await receivedOf(ctx, now)) }
}
