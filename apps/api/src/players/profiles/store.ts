import { type Db, statement } from '@aethex/shared/db'
import type { PlayerRow } from '../auth/service.js'

const find = statement<PlayerRow>(
  'profiles.find',
  `SELECT p.id, m.email, m.verified_at AS email_verified_at, p.username, p.avatar_url,
     p.profile_version, p.created_at FROM player p
   LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id
   WHERE p.environment_id = $1 AND p.id = $2`,
)
const change = statement<{ profile_version: number }>(
  'profiles.change',
  `UPDATE player SET
     username = coalesce($3, username), username_key = coalesce($4, username_key),
     avatar_url = CASE WHEN $5 THEN $6 ELSE avatar_url END,
     profile_version = profile_version + 1
   WHERE environment_id = $1 AND id = $2 AND ($7::int IS NULL OR profile_version = $7)
   RETURNING profile_version`,
)
const usernames = statement<{ id: string; username: string }>(
  'profiles.usernames',
  'SELECT id, username FROM player WHERE environment_id = $1 AND id = ANY($2::uuid[])',
)

export interface ProfilePatch {
  username: string | undefined
  usernameKey: string | undefined
  avatarUrl: string | null | undefined
}

export const findProfile = (environmentId: string, db: Db, playerId: string) =>
  db.one(find, [environmentId, playerId])

/** False when the profile is not at `version` any more. Throws the unique violation of the username. */
export async function changeProfile(
  environmentId: string,
  db: Db,
  playerId: string,
  patch: ProfilePatch,
  version: number | undefined,
): Promise<boolean> {
  const { username = null, usernameKey = null, avatarUrl } = patch
  const values = [
    environmentId,
    playerId,
    username,
    usernameKey,
    avatarUrl !== undefined,
    avatarUrl ?? null,
    version ?? null,
  ]
  return (await db.one(change, values)) !== undefined
}

export const findUsernames = (environmentId: string, db: Db, playerIds: readonly string[]) =>
  db.all(usernames, [environmentId, playerIds])
