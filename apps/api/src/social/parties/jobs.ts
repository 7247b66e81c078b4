import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { endForgotten } from './forgotten.js'
import { removeExpiredInvitations } from './invitation-store.js'

const atOnce = 1_000

/** Ends the parties that nobody has touched for a day, and forgets invitations that have expired. */
export const tidyParties = (parts: Parts, log: Logger): Closable =>
  parts.repeat({
    name: 'parties-tidy',
    everyMs: 600_000,
    work: async () => {
      while ((await removeExpiredInvitations(parts.db, parts.now(), atOnce)) === atOnce);
      await endForgotten(parts, log)
    },
  })
