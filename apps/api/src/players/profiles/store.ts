import type { Blobs } from '@aethex/shared/blobs'
import { type Db, statement } from '@aethex/shared/db'
import type { PlayerRow } from '../auth/service.js'

type Fields = Record<string, unknown>

export interface ProfileRow extends PlayerRow {
  locale: string | null
  public_fields: Fields
  private_fields: Fields
}

const find = statement<ProfileRow>(
  'profiles.find',
  `SELECT p.id, m.email, m.verified_at AS email_verified_at, p.username, p.avatar_url,
     p.profile_version, p.created_at, p.locale, p.public_fields, p.private_fields,
     (SELECT a.child_until::timestamp AT TIME ZONE 'UTC' FROM player_age a
      WHERE a.environment_id = p.environment_id AND a.player_id = p.id) AS child_until FROM player p
   LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id
   WHERE p.environment_id = $1 AND p.id = $2`,
)
const findShown = statement<
  Pick<ProfileRow, 'id' | 'username' | 'avatar_url' | 'public_fields' | 'created_at'>
>(
  'profiles.find_shown',
  `SELECT id, username, avatar_url, public_fields, created_at FROM player
   WHERE environment_id = $1 AND id = $2`,
)
const change = statement<{ profile_version: number }>(
  'profiles.change',
  `UPDATE player SET
     avatar_url = CASE WHEN $3 THEN $4 ELSE avatar_url END,
     locale = CASE WHEN $5 THEN $6 ELSE locale END,
     public_fields = coalesce($7, public_fields), private_fields = coalesce($8, private_fields),
     profile_version = profile_version + 1
   WHERE environment_id = $1 AND id = $2 AND ($9::int IS NULL OR profile_version = $9)
   RETURNING profile_version`,
)
const usernames = statement<{ id: string; username: string }>(
  'profiles.usernames',
  'SELECT id, username FROM player WHERE environment_id = $1 AND id = ANY($2::uuid[])',
)

export interface ProfilePatch {
  avatarUrl?: string | null | undefined
  locale?: string | null | undefined
  publicFields?: Fields | undefined
  privateFields?: Fields | undefined
}

export const findProfile = (environmentId: string, db: Db, playerId: string) =>
  db.one(find, [environmentId, playerId])

export const findShownProfile = (environmentId: string, db: Db, playerId: string) =>
  db.one(findShown, [environmentId, playerId])

const asJson = (fields: Fields | undefined) =>
  fields === undefined ? null : JSON.stringify(fields)

/** False when the profile is not at `version` any more. */
export async function changeProfile(
  environmentId: string,
  db: Db,
  playerId: string,
  { avatarUrl, locale, publicFields, privateFields }: ProfilePatch,
  version?: number,
): Promise<boolean> {
  const values = [
    environmentId,
    playerId,
    avatarUrl !== undefined,
    avatarUrl ?? null,
    locale !== undefined,
    locale ?? null,
    asJson(publicFields),
    asJson(privateFields),
    version ?? null,
  ]
  return (await db.one(change, values)) !== undefined
}

export const findUsernames = (environmentId: string, db: Db, playerIds: readonly string[]) =>
  db.all(usernames, [environmentId, playerIds])

const folderOf = (environmentId: string, playerId: string) =>
  `avatars/${environmentId}/${playerId}/`

export const putAvatar = (
  environmentId: string,
  blobs: Blobs,
  playerId: string,
  name: string,
  image: Uint8Array,
) => blobs.put(folderOf(environmentId, playerId) + name, image)

export const getAvatar = (environmentId: string, blobs: Blobs, playerId: string, name: string) =>
  blobs.find(folderOf(environmentId, playerId) + name)

/** Removes the player's pictures except `kept`; answers how many there were. */
export async function removeAvatars(
  environmentId: string,
  blobs: Blobs,
  playerId: string,
  kept?: string,
): Promise<number> {
  const folder = folderOf(environmentId, playerId)
  let removed = 0
  for await (const keys of blobs.list(folder)) {
    const old = keys.filter(key => kept === undefined || key !== folder + kept)
    await blobs.remove(old)
    removed += old.length
  }
  return removed
}
