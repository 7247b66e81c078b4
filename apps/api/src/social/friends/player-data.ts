import { announce } from '@aethex/shared/bus'
import { forgetPresence } from '@aethex/shared/presence'
import type { PlayerData } from '../../gateway/player-data.js'
import { listBlocks, removeBlocks } from './block-store.js'
import { mergeable } from './merge.js'
import { listRequestsGot, listRequestsMade, removeRequests } from './request-store.js'
import { listFriendships, removeFriendships } from './store.js'

// More than anybody has of any of these.
const limit = 10_000

export const playerData: PlayerData = {
  name: 'friends',
  tables: ['friendship', 'friend_request', 'player_block'],
  // Who blocks the player is what somebody else keeps to themselves.
  async *exportFor({ db, now }, environmentId, playerId) {
    const all = { after: undefined, limit, now: now() }
    const content = {
      friends: await listFriendships(environmentId, db, playerId, undefined, limit),
      requests_made: await listRequestsMade(environmentId, db, playerId, all),
      requests_got: await listRequestsGot(environmentId, db, playerId, all),
      blocks: await listBlocks(environmentId, db, playerId, undefined, limit),
    }
    if (Object.values(content).some(rows => rows.length > 0))
      yield { name: 'friends.json', content }
  },
  async eraseFor({ db, redis, outbox }, environmentId, playerId) {
    const counts = await db.transaction(async tx => {
      const requests = await removeRequests(environmentId, tx, playerId)
      const blocks = await removeBlocks(environmentId, tx, playerId)
      const friendships = await removeFriendships(environmentId, tx, playerId)
      const player_ids = [...new Set([playerId, ...friendships.friends, ...blocks.others])]
      await announce(tx, {
        topic: 'circles.changed',
        payload: { environment_id: environmentId, player_ids, parted: [playerId] },
      })
      return {
        friendship: friendships.count,
        friend_request: requests,
        player_block: blocks.count,
      }
    })
    outbox.wake()
    return { ...counts, 'redis:presence': await forgetPresence(redis, environmentId, playerId) }
  },
  mergeable,
}
