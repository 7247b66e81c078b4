import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { removeExpiredRequests } from './request-store.js'

const atOnce = 1_000

/** Requests and invitations count for nothing once they have expired; their rows go an hour later at the latest. */
export const sweepGroupRequests = (parts: Parts): Closable =>
  parts.repeat({
    name: 'group-requests',
    everyMs: 3_600_000,
    work: async () => {
      while ((await removeExpiredRequests(parts.db, parts.now(), atOnce)) === atOnce);
    },
  })
