import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { purgeDeleted, sweepOrphans, tidyOperations } from './sweeping.js'

const hourMs = 3_600_000

/** Forgets deleted slots and old keys; a history is thinned as it grows (`pruning.ts`). */
export const keepSavesTidy = (parts: Parts): Closable =>
  parts.repeat({
    name: 'saves-tidy',
    everyMs: hourMs,
    work: async () => {
      await purgeDeleted(parts)
      await tidyOperations(parts)
    },
  })

/** Walks the whole object store: rarely. */
export const sweepSaveOrphans = (parts: Parts, log: Logger): Closable =>
  parts.repeat({
    name: 'saves-orphans',
    everyMs: 24 * hourMs,
    work: async () => {
      const removed = await sweepOrphans(parts)
      if (removed > 0) log.info({ removed }, 'objects of saves that no row named')
    },
  })
