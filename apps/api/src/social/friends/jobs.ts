import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { answerCircleWishes } from '@aethex/shared/presence'
import type { Parts } from '../../gateway/context.js'
import { listBlocksAround } from './block-store.js'
import { sweepRequests } from './request-store.js'
import { listFriendIds } from './store.js'

async function sweep(parts: Parts): Promise<void> {
  while (await sweepRequests(parts.db, parts.now()));
}

/** Forgets requests that have run out. */
export const sweepFriendRequests = (parts: Parts): Closable =>
  parts.repeat({ name: 'friend-requests', everyMs: 3_600_000, work: () => sweep(parts) })

/** Tells relay nodes who is around a player; every process does. */
export const answerRelays = (parts: Parts, log: Logger): Closable =>
  answerCircleWishes(parts.redis, log, async (environmentId, playerId) => ({
    friends: await listFriendIds(environmentId, parts.db, playerId),
    apart: await listBlocksAround(environmentId, parts.db, playerId),
  }))
