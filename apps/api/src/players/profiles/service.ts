import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'

import { asTaken, toUser, usernameKey } from '../auth/service.js'
import { changeProfile, findProfile, findUsernames } from './store.js'

/** The player's own profile and its version. */
export async function getProfile(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const row = await findProfile(environmentId, ctx.db, playerId)
  if (row === undefined) throw new Problem('session_ended')
  return { profile: { user: toUser(row) }, version: row.profile_version }
}

/** Changes what is given. With `version`, only if the profile is still at it (`version_mismatch`). */
export async function updateProfile(
  ctx: Ctx,
  change: { username?: string | undefined; avatar_url?: string | null | undefined },
  version: number | undefined,
) {
  const { environmentId, playerId } = playerOf(ctx)
  const { username, avatar_url: avatarUrl } = change
  const key = username === undefined ? undefined : usernameKey(username)
  const patch = { username, usernameKey: key, avatarUrl }
  const changed = await changeProfile(environmentId, ctx.db, playerId, patch, version).catch(
    error => {
      throw asTaken(error)
    },
  )
  if (!changed && version !== undefined) throw new Problem('version_mismatch')
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
