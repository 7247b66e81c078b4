import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { keepWorlds } from './upkeep.js'

// One run does not hold its place for longer than this; the next goes on.
const runMs = 20_000

/** Keeps the journals of worlds as long as the settings of their environments say. */
export const trimWorlds = (parts: Parts): Closable =>
  parts.repeat({
    name: 'worlds',
    everyMs: 30_000,
    work: async () => {
      const endsAt = performance.now() + runMs
      await keepWorlds(parts, () => performance.now() > endsAt)
    },
  })
