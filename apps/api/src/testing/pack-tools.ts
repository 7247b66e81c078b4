import { randomBytes } from 'node:crypto'
import { createLog } from '@aethex/shared/log'
import { v7 as uuid } from 'uuid'
import { openBlockCache } from '../progress/saves/packs/block-cache.js'
import type { PackRow, PackTools, Place, StoredContent } from '../progress/saves/packs/content.js'
import { packsOf } from '../progress/saves/packs/packs.js'
import { openRecentContents } from '../progress/saves/packs/recent.js'
import { type MemoryBlobs, memoryBlobs } from './memory-blobs.js'

export interface MemoryPackTools extends PackTools {
  blobs: MemoryBlobs
  /** What was told as an error. */
  alarms: string[]
}

/**
 * Stores packs in memory, with data keys of their own.
 * @param cacheBytes without it every read asks the store
 */
export function memoryPackTools(cacheBytes = 0): MemoryPackTools {
  const alarms: string[] = []
  const secrets = new Map<string, Buffer>()
  const find = async (environmentId: string, id: number) => {
    const name = `${environmentId}/${id}`
    const secret = secrets.get(name) ?? randomBytes(32)
    secrets.set(name, secret)
    return { id, secret }
  }
  return {
    blobs: memoryBlobs(),
    dataKeys: { current: environmentId => find(environmentId, 1), find },
    log: createLog('tests', 'error', { write: line => void alarms.push(line) }),
    blocks: openBlockCache(cacheBytes),
    recent: openRecentContents(),
    alarms,
  }
}

/** A slot of a player of an environment, all of them new. */
export const freshPlace = (): Place => ({
  environmentId: uuid(),
  playerId: uuid(),
  saveId: 'slot1',
})

/** The rows of all packs that a slot has, as the database would keep them. */
export class PackRows {
  private readonly rows = new Map<string, PackRow>()

  keep(stored: StoredContent): void {
    for (const row of stored.newPacks) this.rows.set(row.pack_id, row)
  }

  /** Those that a version is made of. */
  of({ recipe }: { recipe: Buffer }): PackRow[] {
    return packsOf(recipe).flatMap(id => this.rows.get(id) ?? [])
  }

  all(): PackRow[] {
    return [...this.rows.values()]
  }
}
