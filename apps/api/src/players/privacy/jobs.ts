import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { sessionsEnded } from '../auth/service.js'
import { requestErasure } from '../erasure/service.js'
import { sendConfirmations } from './parental-letters.js'
import { listEnvironmentsWithLetters } from './parental-store.js'
import { applyRetention, type Eraser } from './retention.js'
import { listEnvironments } from './retention-store.js'

/** Sends the second letters to parents. */
export const confirmParentalConsents = (parts: Parts): Closable =>
  parts.repeat({
    name: 'parental-letters',
    everyMs: 30_000,
    work: async () => {
      for (const id of await listEnvironmentsWithLetters(parts.now(), parts.db)) {
        await sendConfirmations(parts, id)
      }
    },
  })

const eraserOf = (parts: Parts): Eraser => ({
  request: async (environmentId, tx, playerId, reason) => {
    const request = { reason, requestedBy: 'retention' as const }
    return (await requestErasure(parts, environmentId, tx, playerId, request))?.ended
  },
  done: ended => sessionsEnded(parts, ended),
})

/** Applies the retention of every environment, one after the other. */
export const keepRetention = (parts: Parts, log: Logger): Closable =>
  parts.repeat({
    name: 'retention',
    everyMs: 3_600_000,
    work: async () => {
      for (let last: string | undefined; ; ) {
        const ids = await listEnvironments(last, parts.db)
        for (const id of ids) {
          await applyRetention(parts, id, eraserOf(parts)).catch(error =>
            log.warn({ err: error, environment: id }, 'retention waits'),
          )
        }
        last = ids.at(-1)
        if (last === undefined) return
      }
    },
  })
