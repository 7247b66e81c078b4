import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { assertMayShareIdentity } from '../age/service.js'
import { renamePlayer, toUser } from '../auth/service.js'
import { changeProfile, findProfile, findShownProfile, findUsernames } from './store.js'

export { getAvatarImage, removeAvatar, setAvatar } from './avatars.js'
export { removeAvatars } from './store.js'

/** The player's own profile and its version. */
export async function getProfile(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const row = await findProfile(environmentId, ctx.db, playerId)
  if (row === undefined) throw new Problem('session_ended')
  const { locale, public_fields, private_fields } = row
  const user = { ...toUser(row), locale, public_fields, private_fields }
  return { profile: { user }, version: row.profile_version }
}

/** What anybody of the same environment sees of a player. */
export async function getPublicProfile(ctx: Ctx, playerId: string) {
  const row = await findShownProfile(environmentOf(ctx), ctx.db, playerId)
  if (row === undefined) throw notFound()
  return { player: { ...row, created_at: row.created_at.toISOString() } }
}

interface ProfileChange {
  username?: string | undefined
  avatar_url?: string | null | undefined
  locale?: string | null | undefined
  public_fields?: Record<string, unknown> | undefined
  private_fields?: Record<string, unknown> | undefined
}

/** Changes what is given. With `version`, only if the profile is still at it (`version_mismatch`). */
export async function updateProfile(ctx: Ctx, change: ProfileChange, version: number | undefined) {
  const { environmentId, playerId } = playerOf(ctx)
  const { username, avatar_url, public_fields } = change
  if (username !== undefined || avatar_url != null || public_fields !== undefined) {
    await assertMayShareIdentity(ctx, environmentId, playerId)
  }
  const patch = {
    avatarUrl: change.avatar_url,
    locale: change.locale,
    publicFields: change.public_fields,
    privateFields: change.private_fields,
  }
  await ctx.db.transaction(async tx => {
    const changed = await changeProfile(environmentId, tx, playerId, patch, version)
    if (!changed) throw new Problem(version === undefined ? 'session_ended' : 'version_mismatch')
    if (change.username !== undefined) {
      await renamePlayer(environmentId, tx, playerId, change.username)
    }
  })
  return getProfile(ctx)
}

/** The usernames of players, by id; unknown ids are left out. */
export async function usernamesOf(
  environmentId: string,
  db: Db,
  playerIds: readonly string[],
): Promise<Map<string, string>> {
  if (playerIds.length === 0) return new Map()
  const rows = await findUsernames(environmentId, db, playerIds)
  return new Map(rows.map(row => [row.id, row.username]))
}
