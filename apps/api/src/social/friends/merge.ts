import { announce } from '@aethex/shared/bus'
import type { Db } from '@aethex/shared/db'
import { z } from 'zod'
import type { Fusion, Mergeable } from '../../gateway/player-data.js'
import { listBlocksAround } from './block-store.js'
import {
  copyBlocks,
  dropCopiedBlocks,
  endBlockedFriendships,
  giveFriends,
  takeFriends,
} from './merge-store.js'
import { removeRequests } from './request-store.js'
import { countFriends, removeFriendships } from './store.js'

const Memory = z.object({
  /** Whose friend the account was that closed, and which of them are new to the other one. */
  friends: z.array(z.string()),
  added: z.array(z.string()),
  blocks: z.object({ made: z.array(z.string()), got: z.array(z.string()) }),
})

const tell = (environmentId: string, tx: Db, playerIds: readonly string[], parted: string[]) =>
  announce(tx, {
    topic: 'circles.changed',
    payload: { environment_id: environmentId, player_ids: [...new Set(playerIds)], parted },
  })

async function merge(tx: Db, { environmentId, from, to }: Fusion, at: Date) {
  const around = await listBlocksAround(environmentId, tx, from)
  // Blocks first: no friend comes over whom the other account would not be shown.
  const blocks = await copyBlocks(environmentId, tx, { from, to })
  const ended = await endBlockedFriendships(environmentId, tx, to)
  const { friends } = await removeFriendships(environmentId, tx, from)
  const added = await giveFriends(environmentId, tx, to, friends, at)
  await removeRequests(environmentId, tx, from)
  await tell(environmentId, tx, [from, to, ...friends, ...around, ...ended], [from])
  return { friends, added, blocks }
}

async function undo(tx: Db, { environmentId, from, to }: Fusion, memory: unknown, at: Date) {
  const { friends, added, blocks } = Memory.parse(memory)
  await takeFriends(environmentId, tx, to, added)
  await dropCopiedBlocks(environmentId, tx, to, blocks)
  await giveFriends(environmentId, tx, from, friends, at)
  await tell(environmentId, tx, [from, to, ...friends, ...blocks.made, ...blocks.got], [])
}

/** Friends and blocks are of the person: they come along. Open requests do not, they can be made again. */
export const mergeable: Mergeable = {
  describe: async ({ db }, environmentId, playerId) => ({
    friends: await countFriends(environmentId, db, playerId),
  }),
  merge: ({ now }, tx, fusion) => merge(tx, fusion, now()),
  undo: ({ now }, tx, fusion, memory) => undo(tx, fusion, memory, now()),
}
