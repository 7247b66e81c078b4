import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuid } from 'uuid'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { assertBase, limitReached, ownerOf, roomFor, rulesFor } from '../saves/service.js'
import { unavailableHere, urlsOf } from './direct.js'
import { type Asked, type BeginUpload, partBytes } from './schema.js'
import { addUpload, countOpen, findUpload, holdPlayer, type NewUpload } from './store.js'
import { receivedOf, toUpload } from './uploading.js'

/** How many uploads of one player go on at a time. */
const mostOpen = 8
const openMs = 24 * 3_600_000

/** Thrown out of the transaction: what is told of a limit is read outside of it. */
class NoRoom extends Error {}

/** The declared sizes of all uploads that go on are taken, until they end. */
async function reserve(
  ctx: Ctx,
  tx: Db,
  playerId: string,
  { size, room }: { size: number; room: number },
): Promise<void> {
  const environmentId = environmentOf(ctx)
  if (!(await holdPlayer(environmentId, tx, playerId))) throw notFound()
  const open = await countOpen(environmentId, tx, playerId, ctx.now())
  if (open.uploads >= mostOpen) {
    throw new Problem('limit_reached', { extensions: { allowed: mostOpen } })
  }
  if (size + open.bytes > room) throw new NoRoom()
}

function made(
  ctx: Ctx,
  saveId: string,
  asked: BeginUpload,
  strategy: Asked['on_conflict']['strategy'],
): NewUpload {
  const { size, hash, content_type, direct = false, on_conflict, ...facts } = asked
  const now = ctx.now()
  return {
    upload_id: uuid(),
    save_id: saveId,
    size,
    hash: Buffer.from(hash, 'hex'),
    content_type,
    part_bytes: partBytes,
    part_count: Math.ceil(size / partBytes),
    asked: { ...facts, on_conflict: { ...on_conflict, strategy } },
    direct,
    created_at: now,
    expires_at: new Date(now.getTime() + openMs),
  }
}

async function addOnce(
  ctx: Ctx,
  playerId: string,
  upload: NewUpload,
  room: number,
): Promise<string> {
  const environmentId = environmentOf(ctx)
  const begun = (db: Db) =>
    db.transaction(async tx => {
      await reserve(ctx, tx, playerId, { size: upload.size, room })
      await addUpload(environmentId, tx, playerId, upload)
      await auditUnlessPlayer(ctx, tx, {
        action: 'save_uploads.begin',
        target: playerId,
        details: { save_id: upload.save_id, upload_id: upload.upload_id, size: upload.size },
      })
      return upload.upload_id
    })
  try {
    return await once(ctx.db, ctx.idempotency, begun)
  } catch (error) {
    throw error instanceof NoRoom ? await limitReached(ctx, playerId, upload.save_id) : error
  }
}

/**
 * Begins an upload: from here on its size is held against the player's limit. Throws `save_conflict` where its base is
 * stale already, `usage_limit_reached`, `limit_reached` for too many at once and `direct_upload_unavailable`.
 */
export async function beginUpload(ctx: Ctx, userId: string, saveId: string, asked: BeginUpload) {
  const playerId = ownerOf(ctx, userId)
  const environmentId = environmentOf(ctx)
  if (asked.direct === true && ctx.blobs.presignPut === undefined) throw unavailableHere()
  const strategy = asked.on_conflict?.strategy ?? (await rulesFor(ctx, saveId)).strategy
  if (strategy === 'refuse') {
    await assertBase(ctx, playerId, { saveId, baseVersion: asked.base_version })
  }
  const room = await roomFor(ctx, playerId, saveId)
  const uploadId = await addOnce(ctx, playerId, made(ctx, saveId, asked, strategy), room)
  const row = await findUpload(environmentId, ctx.db, playerId, uploadId)
  if (row === undefined) throw notFound()
  const received = await receivedOf(ctx, row)
  const urls = await urlsOf(ctx, row, received, undefined)
  return { upload: toUpload(row, received), ...(urls === undefined ? {} : { urls }) }
}
