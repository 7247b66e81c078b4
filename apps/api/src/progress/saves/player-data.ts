import { createLog } from '@aethex/shared/log'
import type { PlayerData } from '../../gateway/player-data.js'
import { isDocument, streamOf } from './content.js'
import { allVersions, removeObjects, removeSaves } from './data-store.js'
import { mergeable } from './merging.js'
import { findReadableVersion } from './read-store.js'
import { toSave } from './shown.js'

const log = createLog('exports', 'warn')

/** Every version of every slot, the bytes included. */
export const playerData: PlayerData = {
  mergeable,
  name: 'saves',
  tables: ['save_slot', 'save_version', 'save_pack', 'save_operation', 'deleted_save'],
  async *exportFor({ db, blobs, dataKeys }, environmentId, playerId) {
    const versions = await allVersions(environmentId, db, playerId)
    yield { name: 'index.json', content: versions.map(toSave) }
    for (const { save_id: saveId, version, deleted } of versions) {
      if (deleted) continue
      const which = { saveId, version, evenDeleted: true }
      const row = await findReadableVersion(environmentId, db, playerId, which)
      if (row === undefined) continue
      const ending = isDocument(row) ? 'json' : 'bin'
      const content = streamOf({ blobs, dataKeys, log }, { environmentId, playerId, saveId }, row)
      yield { name: `${encodeURIComponent(saveId)}/${version}.${ending}`, content }
    }
  },
  // Rows first: a version without its bytes would be a lie, bytes without a version are only left over.
  async eraseFor({ db, blobs }, environmentId, playerId) {
    const rows = await db.transaction(tx => removeSaves(environmentId, tx, playerId))
    return { ...rows, 's3:saves': await removeObjects(environmentId, blobs, playerId) }
  },
}
