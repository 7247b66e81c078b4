import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { formatWalk } from '../saves/service.js'
import { forgetOldRuns, keepRunning } from './keeping.js'

// One run of the job does not hold its place for longer than this; the next goes on.
const runMs = 20_000

/** Leads the runs over stored saves on. */
export const keepFormatRuns = (parts: Parts, log: Logger): Closable => {
  let isClosing = false
  const job = parts.repeat({
    name: 'format-runs',
    everyMs: 2_000,
    work: async () => {
      const endsAt = performance.now() + runMs
      const isOver = () => isClosing || performance.now() > endsAt
      await keepRunning({ ...parts, log }, formatWalk, log, isOver)
      await forgetOldRuns({ ...parts, log })
    },
  })
  return {
    close: () => {
      isClosing = true
      return job.close()
    },
  }
}
