import { Problem } from '@aethex/shared/errors'
import { createLog } from '@aethex/shared/log'
import { z } from 'zod'
import type { Parts } from '../../gateway/context.js'
import type { Fusion, Mergeable } from '../../gateway/player-data.js'
import { packTools } from './content.js'
import {
  closeSaves,
  copyWholeSlot,
  dropUntouchedCopy,
  listLiveSlots,
  listPacksToCopy,
  listTakenSlots,
  type PackToCopy,
  reopenSaves,
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

/** What was copied for a fusion before its transaction. */
const copied = new WeakMap<Fusion, Set<string>>()
// What a device writes between the copying and the transaction is little, and is copied within it.
const mostLate = 50

/** Brings objects to where the rows of the other account will look for them. */
async function copyPacks(
  { blobs, dataKeys }: Pick<Parts, 'blobs' | 'dataKeys'>,
  fusion: Fusion,
  packs: readonly PackToCopy[],
): Promise<void> {
  const { environmentId, from, to } = fusion
  const tools = packTools({ blobs, dataKeys, log })
  const done = copied.get(fusion) ?? new Set<string>()
  copied.set(fusion, done)
  for (const pack of packs) {
    const place = (playerId: string) => ({ environmentId, playerId, saveId: pack.born_in })
    await resealPack(tools, place(from), place(to), { ...pack, chunks: noChunks })
    done.add(pack.pack_id)
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
  async prepare(parts, fusion) {
    const { environmentId, from } = fusion
    await copyPacks(parts, fusion, await listPacksToCopy(environmentId, parts.db, from))
  },
  async merge(parts, tx, fusion) {
    const { environmentId, from, to } = fusion
    await closeSaves(environmentId, tx, from)
    const isCopied = copied.get(fusion) ?? new Set()
    const packs = await listPacksToCopy(environmentId, tx, from)
    const late = packs.filter(pack => !isCopied.has(pack.pack_id))
    if (late.length > mostLate) throw new Problem('unavailable')
    await copyPacks(parts, fusion, late)
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
  async undo(_parts, tx, { environmentId, from, to }, memory) {
    await reopenSaves(environmentId, tx, from)
    for (const copy of Memory.parse(memory)) {
      await dropUntouchedCopy(environmentId, tx, to, copy)
    }
    await recountBytes(environmentId, tx, to)
  },
}
