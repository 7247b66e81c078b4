import { createLog } from '@aethex/shared/log'
import type { PlayerData } from '../../gateway/player-data.js'
import { loadData } from './bytes.js'
import { allVersions, removeObjects, removeSaves } from './data-store.js'
import { mergeable } from './merging.js'

const log = createLog('exports', 'warn')

/** Every version of every slot, the bytes included. */
export const playerData: PlayerData = {
  mergeable,
  name: 'saves',
  tables: ['save_slot', 'save_version'],
  async *exportFor({ db, blobs }, environmentId, playerId) {
    const versions = await allVersions(environmentId, db, playerId)
    const index = versions.map(({ hash, ...version }) => ({
      ...version,
      sha256: hash?.toString('hex') ?? null,
    }))
    yield { name: 'index.json', content: index }
    for (const { save_id, version, hash, size } of versions) {
      if (hash === null) continue
      const data = await loadData(environmentId, blobs, playerId, { hash, size }, log)
      yield { name: `${encodeURIComponent(save_id)}/${version}.json`, content: data }
    }
  },
  // Rows first: a version without its bytes would be a lie, bytes without a version are only left over.
  async eraseFor({ db, blobs }, environmentId, playerId) {
    const rows = await db.transaction(tx => removeSaves(environmentId, tx, playerId))
    return { ...rows, 's3:saves': await removeObjects(environmentId, blobs, playerId) }
  },
}
