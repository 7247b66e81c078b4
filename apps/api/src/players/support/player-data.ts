import { z } from 'zod'
import type { PlayerData } from '../../gateway/player-data.js'
import { listNotes, moveNotes, removeNotes } from './store.js'

// More notes than anybody has.
const all = 10_000

const Moved = z.array(z.string())

export const playerData: PlayerData = {
  name: 'support',
  tables: ['player_note'],
  // What is noted about a person is theirs to know (GDPR article 15); who noted it is about somebody else.
  async *exportFor({ db }, environmentId, playerId) {
    const notes = await listNotes(environmentId, db, playerId, undefined, all)
    if (notes.length === 0) return
    yield {
      name: 'notes.json',
      content: notes.map(({ text, created_at }) => ({ text, created_at })),
    }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    player_note: await removeNotes(environmentId, db, playerId),
  }),
  // What was noted about an account is known of the one that goes on. It is nothing to choose by.
  mergeable: {
    describe: async () => undefined,
    merge: (_parts, tx, fusion) => moveNotes(fusion.environmentId, tx, fusion),
    undo: async (_parts, tx, { environmentId, from, to }, memory) => {
      await moveNotes(environmentId, tx, { from: to, to: from }, Moved.parse(memory))
    },
  },
}
