import { createHash } from 'node:crypto'
import { notFound, Problem } from '@aethex/shared/errors'
import { createLanes } from '@aethex/shared/limits'
import sharp from 'sharp'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { assertMayShareIdentity } from '../age/service.js'
import { changeProfile, getAvatar, putAvatar, removeAvatars } from './store.js'

/** What a picture may be when it comes; what is kept is WebP, 256 pixels square, without metadata. */
export const avatarTypes = ['image/png', 'image/jpeg', 'image/webp'] as const

export const avatarBytes = 2 * 1_024 * 1_024

const side = 256
// A small file may unfold into a large picture: 16 megapixels are more than a phone's camera needs here.
const maxPixels = 16_000_000
const deadlineSeconds = 5
const known = new Set(['png', 'jpeg', 'webp'])

// Decoding holds memory and a core: two at a time, and a short line.
const inTurn = createLanes(2, 16)
sharp.concurrency(1)
sharp.cache(false)

/** Decodes the picture and draws it anew: what was hidden in the file (metadata, scripts, a second file) is gone. */
async function redraw(bytes: Buffer): Promise<Buffer> {
  try {
    const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', pages: 1 })
    const { format } = await image.metadata()
    if (!known.has(format ?? '')) throw new Error(`${format} is not among the formats`)
    return await image
      .rotate()
      .resize(side, side, { fit: 'cover' })
      .webp({ quality: 82 })
      .timeout({ seconds: deadlineSeconds })
      .toBuffer()
  } catch (cause) {
    throw new Problem('image_invalid', { cause })
  }
}

const urlOf = (ctx: Ctx, environmentId: string, playerId: string, name: string) =>
  `${ctx.publicUrl}/api/v1/avatars/${environmentId}/${playerId}/${name}`

/** Keeps a picture for the player and shows it in the profile. Answers where it is. */
export async function setAvatar(ctx: Ctx, bytes: Buffer) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertMayShareIdentity(ctx, environmentId, playerId)
  const image = await inTurn(() => redraw(bytes))
  const name = `${createHash('sha256').update(image).digest('hex')}.webp`
  // The object is there before the row points at it; an older one goes once nobody points at it.
  await putAvatar(environmentId, ctx.blobs, playerId, name, image)
  const avatarUrl = urlOf(ctx, environmentId, playerId, name)
  if (!(await changeProfile(environmentId, ctx.db, playerId, { avatarUrl }))) {
    throw new Problem('session_ended')
  }
  await removeAvatars(environmentId, ctx.blobs, playerId, name).catch(error =>
    ctx.log.warn({ err: error }, 'an old avatar stays until the next one'),
  )
  return { avatar_url: avatarUrl }
}

export async function removeAvatar(ctx: Ctx): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changeProfile(environmentId, ctx.db, playerId, { avatarUrl: null })
  await removeAvatars(environmentId, ctx.blobs, playerId)
}

/** The bytes of a picture; its name is its hash, so it never changes. */
export async function getAvatarImage(
  ctx: Ctx,
  { environmentId, playerId, name }: { environmentId: string; playerId: string; name: string },
): Promise<Uint8Array> {
  const image = await getAvatar(environmentId, ctx.blobs, playerId, name)
  if (image === undefined) throw notFound()
  return image
}
