import { createLog } from '@aethex/shared/log'
import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { packTools } from './content.js'
import {
  copyWholeSlot,
  dropUntouchedCopy,
  listLiveSlots,
  listPacksToCopy,
  listTakenSlots,
} from './merge-store.js'
import { resealPack } from './packs/packs.js'
import { recountBytes } from './store.js'

const log = createLog('merges', 'warn')
const longestName = 64
const noChunks = Buffer.alloc(0)

const Memory = z.array(z.object({ as: z.string(), version: z.int() }))

/** The slot's own name, or the first free one of `name-2`, `name-3` … */
function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let n = 2; ; n++) {
    const ending = `-${n}`
    const candidate = name.slice(0, longestName - ending.length) + ending
    if (!taken.has(candidate)) return candidate
  }
}

/** No slot is lost: one whose name is taken comes under another name, with its whole history. */
export const mergeable: Mergeable = {
  async describe({ db }, environmentId, playerId) {
    const slots = await listLiveSlots(environmentId, db, playerId)
    return slots.map(({ save_id, version, size, updated_at }) => ({
      save_id,
      version,
      size,
      updated_at: updated_at.toISOString(),
    }))
  },
  async prepare({ db, blobs, dataKeys }, { environmentId, from, to }) {
    const tools = packTools({ blobs, dataKeys, log })
    for (const pack of await listPacksToCopy(environmentId, db, from)) {
      const place = (playerId: string) => ({ environmentId, playerId, saveId: pack.born_in })
      await resealPack(tools, place(from), place(to), { ...pack, chunks: noChunks })
    }
  },
  async merge(_parts, tx, { environmentId, from, to }) {
    const taken = new Set(await listTakenSlots(environmentId, tx, to))
    const memory: z.output<typeof Memory> = []
    for (const { save_id: saveId, version } of await listLiveSlots(environmentId, tx, from)) {
      const as = freeName(saveId, taken)
      taken.add(as)
      await copyWholeSlot(environmentId, tx, { from, to, saveId, as })
      memory.push({ as, version })
    }
    await recountBytes(environmentId, tx, to)
    return memory
  },
  async undo(_parts, tx, { environmentId, to }, memory) {
    for (const copy of Memory.parse(memory)) {
      await dropUntouchedCopy(environmentId, tx, to, copy)
    }
    await recountBytes(environmentId, tx, to)
  },
}
