import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { ownerOf } from '../saves/service.js'
import { listStaged } from './staged-store.js'
import { findUpload, listReceived, type UploadRow } from './store.js'

/** An upload of somebody whose saves the caller may write. Throws `not_found` also when its time is over. */
export async function getUpload(
  ctx: Ctx,
  userId: string,
  saveId: string,
  uploadId: string,
): Promise<UploadRow> {
  const playerId = ownerOf(ctx, userId)
  const row = await findUpload(environmentOf(ctx), ctx.db, playerId, uploadId)
  if (row === undefined || row.save_id !== saveId || row.expires_at <= ctx.now()) throw notFound()
  return row
}

export const assertOpen = ({ state }: UploadRow): void => {
  if (state === 'done') throw new Problem('upload_completed')
}

const allParts = ({ part_count: count }: UploadRow) =>
  Array.from({ length: count }, (_, index) => index + 1)

/** Which parts are there, wherever they went. */
export async function receivedOf(ctx: Ctx, row: UploadRow): Promise<number[]> {
  const { environment_id: environmentId, player_id: playerId, upload_id: uploadId } = row
  if (row.state === 'done') return allParts(row)
  return row.direct
    ? listStaged(environmentId, ctx.blobs, uploadId)
    : listReceived(environmentId, ctx.db, playerId, uploadId)
}

export function missingOf(row: UploadRow, received: readonly number[]): number[] {
  const there = new Set(received)
  return allParts(row).filter(part => !there.has(part))
}

/** How many bytes a part has; throws `not_found` for one that the upload does not have. */
export function lengthOf({ size, part_bytes: each, part_count: count }: UploadRow, part: number) {
  if (part < 1 || part > count) throw notFound()
  return part < count ? each : size - each * (count - 1)
}

export const toUpload = (row: UploadRow, received: number[]) => ({
  upload_id: row.upload_id,
  save_id: row.save_id,
  size: row.size,
  hash: row.hash.toString('hex'),
  content_type: row.content_type,
  part_bytes: row.part_bytes,
  parts: row.part_count,
  received,
  direct: row.direct,
  state: row.state,
  expires_at: row.expires_at.toISOString(),
})
