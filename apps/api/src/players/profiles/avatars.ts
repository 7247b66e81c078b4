import { createHash } from 'node:crypto'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { redraw } from '../../gateway/pictures.js'
import { assertMayShareIdentity } from '../age/service.js'
import { changeProfile, getAvatar, putAvatar, removeAvatars } from './store.js'

export const avatarBytes = 2 * 1_024 * 1_024

const side = 256

const urlOf = (ctx: Ctx, environmentId: string, playerId: string, name: string) =>
  `${ctx.publicUrl}/api/v1/avatars/${environmentId}/${playerId}/${name}`

/** Keeps a picture for the player and shows it in the profile. Answers where it is. */
export async function setAvatar(ctx: Ctx, bytes: Buffer) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertMayShareIdentity(ctx, environmentId, playerId)
  const image = await redraw(bytes, { width: side, height: side, fit: 'cover' })
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
