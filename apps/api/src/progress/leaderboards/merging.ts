import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { scoresOf } from './data-store.js'
import { holdEntries, type KeptEntry, putEntry, removeEntry } from './merge-store.js'
import { applyEntry, removeFromRanks } from './rank-index.js'
import { findEntry } from './store.js'

type Held = Awaited<ReturnType<typeof holdEntries>>[number]

const Kept = z.object({
  board_id: z.string(),
  score: z.number(),
  achieved_at: z.string(),
  revision: z.int(),
})
/** Per board: what each account had, and the revision that the merge made. */
const Memory = z.array(
  z.object({
    from: Kept,
    to: Kept.nullable(),
    revision: z.int(),
    keep: z.enum(['best', 'last', 'sum']),
  }),
)

const largest = Number.MAX_SAFE_INTEGER

/** What stands when both scores are of one player, by the rule of the board. */
function joined(ours: Held, theirs: KeptEntry | undefined): KeptEntry {
  if (theirs === undefined) return ours
  const isLater = ours.achieved_at > theirs.achieved_at
  if (ours.keep === 'last') return isLater ? ours : theirs
  if (ours.keep === 'sum') {
    const score = Math.max(-largest, Math.min(largest, ours.score + theirs.score))
    return { ...(isLater ? ours : theirs), score }
  }
  const isBetter = ours.order === 'desc' ? ours.score > theirs.score : ours.score < theirs.score
  return isBetter ? ours : theirs
}

export const mergeable: Mergeable = {
  describe: async ({ db }, environmentId, playerId) =>
    (await scoresOf(environmentId, db, playerId)).map(({ board_id, score, achieved_at }) => ({
      board_id,
      score,
      achieved_at: achieved_at.toISOString(),
    })),
  async merge(_parts, tx, { environmentId, from, to }) {
    const own = new Map(
      (await holdEntries(environmentId, tx, to)).map(entry => [entry.board_id, entry]),
    )
    const memory: z.output<typeof Memory> = []
    for (const entry of await holdEntries(environmentId, tx, from)) {
      const before = own.get(entry.board_id)
      const stands = joined(entry, before)
      const revision = await putEntry(environmentId, tx, to, stands)
      await removeEntry(environmentId, tx, from, entry.board_id)
      memory.push({ from: entry, to: before ?? null, revision, keep: entry.keep })
    }
    return memory.map(one => Memory.element.parse(one))
  },
  async undo(_parts, tx, { environmentId, from, to }, memory) {
    const now = new Map(
      (await holdEntries(environmentId, tx, to)).map(entry => [entry.board_id, entry]),
    )
    for (const one of Memory.parse(memory)) {
      await putEntry(environmentId, tx, from, one.from)
      const stands = now.get(one.from.board_id)
      if (stands === undefined) continue
      if (stands.revision !== one.revision) {
        // A score that was beaten since is the player's own by now; of a sum, what came over goes back.
        if (one.keep === 'sum') {
          await putEntry(environmentId, tx, to, { ...stands, score: stands.score - one.from.score })
        }
      } else if (one.to === null) await removeEntry(environmentId, tx, to, one.from.board_id)
      else await putEntry(environmentId, tx, to, one.to)
    }
  },
  async settle({ db, redis }, { environmentId, from, to }) {
    const boards = new Set<string>()
    for (const player of [from, to])
      for (const { board_id } of await scoresOf(environmentId, db, player)) boards.add(board_id)
    for (const board of boards) {
      for (const player of [from, to]) {
        const entry = await findEntry(environmentId, db, board, player)
        await removeFromRanks(redis, environmentId, board, player)
        if (entry !== undefined) await applyEntry(redis, entry)
      }
    }
  },
}
