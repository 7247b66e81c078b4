import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { copySilences, dropCopiedSilences, passMutes } from './merge-store.js'

const Memory = z.object({
  mutes: z.array(z.string()),
  silences: z.object({ made: z.array(z.string()), got: z.array(z.string()) }),
})

/**
 * A mute is of the person, and so is whom they do not want to read: both come along, or two accounts would be a way out
 * of a mute. What was said stays with the account that said it. It is nothing to choose by.
 */
export const mergeable: Mergeable = {
  describe: async () => undefined,
  merge: async (_parts, tx, { environmentId, from, to }) => ({
    mutes: await passMutes(environmentId, tx, { from, to }),
    silences: await copySilences(environmentId, tx, { from, to }),
  }),
  async undo(_parts, tx, { environmentId, from, to }, kept) {
    const { mutes, silences } = Memory.parse(kept)
    await passMutes(environmentId, tx, { from: to, to: from }, mutes)
    await dropCopiedSilences(environmentId, tx, to, silences)
  },
}
