import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { mayRead } from './access.js'
import { copyAll, dropCopies, listHeads, recountDocuments } from './merge-store.js'
import { toFacts } from './shown.js'
import { holdUsage, takeTurn } from './store.js'

const longestKey = 64

const Memory = z.array(z.object({ collection: z.string(), as: z.string(), version: z.int() }))

/** The key itself, or the first free one of `key-merged`, `key-merged-2`, `key-merged-3` … */
export function freeKey(key: string, isTaken: (key: string) => boolean): string {
  if (!isTaken(key)) return key
  for (let n = 1; ; n++) {
    const ending = n === 1 ? '-merged' : `-merged-${n}`
    const candidate = key.slice(0, longestKey - ending.length) + ending
    if (!isTaken(candidate)) return candidate
  }
}

/** No document is lost: one whose key is taken comes under another, and all of them stay with the account that closes. */
export const mergeable: Mergeable = {
  describe: async ({ db }, environmentId, playerId) =>
    (await listHeads(environmentId, db, playerId))
      .filter(({ access }) => mayRead('owner', access))
      .map(toFacts),
  async merge(_parts, tx, { environmentId, from, to }) {
    await takeTurn(environmentId, tx)
    const { highest_ended: floor } = await holdUsage(environmentId, tx, to)
    await holdUsage(environmentId, tx, from)
    const nameOf = (collection: string, key: string) => `${collection}/${key}`
    const taken = new Set(
      (await listHeads(environmentId, tx, to)).map(({ collection, key }) =>
        nameOf(collection, key),
      ),
    )
    const copies = (await listHeads(environmentId, tx, from)).map(
      ({ collection, key, version }) => {
        const as = freeKey(key, candidate => taken.has(nameOf(collection, candidate)))
        taken.add(nameOf(collection, as))
        return { collection, key, as, version: Math.max(version, floor + 1) }
      },
    )
    if (copies.length > 0) await copyAll(environmentId, tx, { from, to }, copies)
    await recountDocuments(environmentId, tx, to, 0)
    return Memory.parse(copies)
  },
  async undo(_parts, tx, { environmentId, to }, memory) {
    const copies = Memory.parse(memory ?? [])
    await takeTurn(environmentId, tx)
    await holdUsage(environmentId, tx, to)
    await dropCopies(environmentId, tx, to, copies)
    const ended = Math.max(0, ...copies.map(({ version }) => version))
    await recountDocuments(environmentId, tx, to, ended)
  },
}
