import type { SlotRow } from './read-store.js'
import type { Save } from './schema.js'
import type { VersionRow } from './store.js'

/** A version as the wire shows it. */
export const toSave = (row: VersionRow): Save => ({
  save_id: row.save_id,
  version: row.version,
  size: row.size,
  stored_size: row.stored_size,
  hash: row.hash?.toString('hex') ?? null,
  content_type: row.content_type,
  updated_at: row.created_at.toISOString(),
  metadata: row.metadata,
  name: row.name,
  device: row.device,
  platform: row.platform,
  client_time: row.client_time?.toISOString() ?? null,
  play_time_seconds: row.play_time_seconds,
  schema_version: row.schema_version,
  thumbnail: row.thumbnail && { type: row.thumbnail.type, size: row.thumbnail.size },
  pinned: row.pinned,
  base_version: row.base_version,
  merged_version: row.merged_version,
  restored_from: row.restored_from,
  migrated_from: row.migrated_from,
  deleted: row.deleted,
})

export const toSlot = (row: SlotRow) => ({
  ...toSave(row),
  branch_of:
    row.branch_of === null || row.branch_version === null
      ? null
      : { save_id: row.branch_of, version: row.branch_version },
})
