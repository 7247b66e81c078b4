import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { forgetAllOldMessages } from './upkeep.js'

// One run does not hold its place for longer than this; the next goes on.
const runMs = 20_000

/** Keeps messages as long as the settings of their environments say. */
export const forgetChat = (parts: Parts): Closable =>
  parts.repeat({
    name: 'chat',
    everyMs: 600_000,
    work: async () => {
      const endsAt = performance.now() + runMs
      await forgetAllOldMessages(parts, () => performance.now() > endsAt)
    },
  })
