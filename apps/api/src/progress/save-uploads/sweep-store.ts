import { type Db, statement } from '@aethex/shared/db'

export interface UploadName {
  environment_id: string
  player_id: string
  upload_id: string
}

// Jobs of the house go over all tenants.
const expired = statement<UploadName>(
  'save_uploads.expired',
  `SELECT environment_id, player_id, upload_id FROM save_upload WHERE expires_at < $1
   ORDER BY expires_at LIMIT $2`,
)
const openAmong = statement<{ upload_id: string }>(
  'save_uploads.open_among',
  `SELECT upload_id FROM save_upload WHERE state = 'open' AND (environment_id, upload_id) IN
     (SELECT * FROM unnest($1::uuid[], $2::uuid[]))`,
)
const all = statement<{
  upload_id: string
  save_id: string
  size: number
  content_type: string
  asked: unknown
  state: string
  created_at: Date
  expires_at: Date
}>(
  'save_uploads.all',
  `SELECT upload_id, save_id, size, content_type, asked, state, created_at, expires_at FROM save_upload
   WHERE environment_id = $1 AND player_id = $2 ORDER BY created_at`,
)
const counted = statement<{ parts: number; packs: number }>(
  'save_uploads.counted',
  `SELECT (SELECT count(*)::int FROM save_upload_part WHERE environment_id = $1 AND player_id = $2) AS parts,
     (SELECT count(*)::int FROM save_upload_pack WHERE environment_id = $1 AND player_id = $2) AS packs`,
)

/** Uploads that have expired, whether they became a save or not. */
export const listExpired = (now: Date, db: Db, limit: number) => db.all(expired, [now, limit])

/** Which of these uploads go on. */
export async function findOpenAmong(
  uploads: readonly { environmentId: string; uploadId: string }[],
  db: Db,
): Promise<Set<string>> {
  const environments = uploads.map(({ environmentId }) => environmentId)
  const rows = await db.all(openAmong, [environments, uploads.map(({ uploadId }) => uploadId)])
  return new Set(rows.map(row => row.upload_id))
}

export const allUploads = (environmentId: string, db: Db, playerId: string) =>
  db.all(all, [environmentId, playerId])

/** How many parts and packs the uploads of a player have. */
export const countParts = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(counted, [environmentId, playerId])) ?? { parts: 0, packs: 0 }
