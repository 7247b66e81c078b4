import { Problem } from '@aethex/shared/errors'
import type { Ctx } from '../../gateway/context.js'
import { mostUrls } from './schema.js'
import { presignPart } from './staged-store.js'
import type { UploadRow } from './store.js'
import { lengthOf, missingOf } from './uploading.js'

// Long enough for a part to begin; who is slower asks again.
const urlSeconds = 300
const stagedType = 'application/octet-stream'

export const unavailableHere = () => new Problem('direct_upload_unavailable')

/** Addresses for parts of a direct upload: those that are asked for, else the first that are missing. */
export async function urlsOf(
  ctx: Ctx,
  row: UploadRow,
  received: readonly number[],
  asked: readonly number[] | undefined,
) {
  if (!row.direct || row.state === 'done') return undefined
  const parts = asked ?? missingOf(row, received).slice(0, mostUrls)
  const expires_at = new Date(ctx.now().getTime() + urlSeconds * 1_000).toISOString()
  return Promise.all(
    [...new Set(parts)].map(async part => {
      const size = lengthOf(row, part)
      const terms = { size, contentType: stagedType, expiresInSeconds: urlSeconds }
      const url = await presignPart(row.environment_id, ctx.blobs, row.upload_id, part, terms)
      if (url === undefined) throw unavailableHere()
      return { part, url, size, content_type: stagedType, expires_at }
    }),
  )
}
