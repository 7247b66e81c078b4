import { notFound } from '@aethex/shared/errors'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { redraw } from '../../gateway/pictures.js'
import { packTools, placeOf } from './content.js'
import { forgetVersions, holdSlot } from './history-store.js'
import { ownerOf } from './owner.js'
import { openSmall, sealSmall } from './packs/packs.js'
import { findReadable } from './reading.js'
import { toSave } from './shown.js'
import { removePacks } from './sweeping.js'
import { addThumbnail } from './thumbnail-store.js'

/** As it comes. What is kept is WebP within 512 × 512 pixels: some tens of kilobytes. */
export const thumbnailBytes = 2 * 1_048_576

const frame = { width: 512, height: 512, fit: 'inside' } as const
const type = 'image/webp'

/**
 * Puts a picture beside a version of a slot, the newest unless said; a later one takes its place.
 * Throws `image_invalid`, and `not_found` for a version that is not there, or not any more.
 */
export async function setThumbnail(
  ctx: Ctx,
  userId: string,
  saveId: string,
  { version, bytes }: { version: number | undefined; bytes: Buffer },
) {
  const playerId = ownerOf(ctx, userId)
  const environmentId = environmentOf(ctx)
  const row = await findReadable(ctx, playerId, saveId, version)
  const image = await redraw(bytes, frame)
  const pack = await sealSmall(packTools(ctx), placeOf(ctx, playerId, saveId), image)
  const { save, replaced } = await ctx.db.transaction(async tx => {
    await holdSlot(environmentId, tx, playerId, saveId)
    const which = { saveId, version: row.version }
    const thumbnail = { pack: pack.pack_id, type, size: image.length }
    const changed = await addThumbnail(environmentId, tx, playerId, which, { pack, thumbnail })
    if (changed === undefined) throw notFound()
    await auditUnlessPlayer(ctx, tx, {
      action: 'saves.set_thumbnail',
      target: playerId,
      details: { save_id: saveId, version: row.version },
    })
    const replaced = await forgetVersions(environmentId, tx, playerId, { saveId, versions: [] })
    return { save: toSave(changed), replaced }
  })
  await removePacks(ctx, { environmentId, playerId }, replaced)
  return { save }
}

/** The picture of a version. Throws `not_found` where it has none. */
export async function getThumbnail(
  ctx: Ctx,
  userId: string,
  saveId: string,
  version: number | undefined,
): Promise<Buffer> {
  const playerId = ownerOf(ctx, userId)
  const { thumbnail, made_of } = await findReadable(ctx, playerId, saveId, version)
  const pack = made_of.find(one => one.pack_id === thumbnail?.pack)
  if (pack === undefined) throw notFound()
  return openSmall(packTools(ctx), placeOf(ctx, playerId, saveId), pack)
}
