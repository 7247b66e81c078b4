import { type Db, statement } from '@aethex/shared/db'
import type { PackRow } from './packs/content.js'
import { type ThumbnailColumn, type VersionRow, versionColumns } from './store.js'

// The packs of a version are those of its content and that of its picture: an earlier picture's goes.
const set = statement<VersionRow>(
  'saves.set_thumbnail',
  `WITH changed AS (
     UPDATE save_version v SET thumbnail = $5,
       packs = array_append(array_remove(packs, (thumbnail->>'pack')::uuid), ($5::jsonb->>'pack')::uuid)
     WHERE environment_id = $1 AND player_id = $2 AND save_id = $3 AND version = $4 AND NOT deleted
     RETURNING ${versionColumns}
   ), packed AS (
     INSERT INTO save_pack (environment_id, player_id, pack_id, save_id, born_in, data_key, blocks, chunks,
       plain_size, stored_size)
     SELECT $1, $2, $6, $3, $7, $8, $9, $10, $11, $12 FROM changed
   ), weighed AS (
     UPDATE save_usage SET kept_bytes = kept_bytes + $12
     WHERE environment_id = $1 AND player_id = $2 AND EXISTS (SELECT 1 FROM changed)
   )
   SELECT * FROM changed`,
)

/** Undefined when the version is not there (any more). */
export const addThumbnail = (
  environmentId: string,
  tx: Db,
  playerId: string,
  { saveId, version }: { saveId: string; version: number },
  { pack, thumbnail }: { pack: PackRow; thumbnail: ThumbnailColumn },
) =>
  tx.one(set, [
    environmentId,
    playerId,
    saveId,
    version,
    JSON.stringify(thumbnail),
    pack.pack_id,
    pack.born_in,
    pack.data_key,
    pack.blocks,
    pack.chunks,
    pack.plain_size,
    pack.stored_size,
  ])
