import type { Db } from '@aethex/shared/db'
import { isAnyBlocked, listBlocksAround } from './block-store.js'
import { findFriendsAmong, listFriendIds } from './store.js'

export { assertMayMeet, mayMeet } from './between.js'
export { blockPlayer, removeFriend, unblockPlayer } from './blocks.js'
export { listFriends, listMyBlocks, listRequests } from './lists.js'
export { acceptFriend, cancelRequest, declineFriend, requestFriend } from './requests.js'

/** Everybody who is the player's friend; each of them has the player on their list, too. */
export const friendIdsOf = (environmentId: string, db: Db, playerId: string): Promise<string[]> =>
  listFriendIds(environmentId, db, playerId)

/** Those of the others who are the player's friends. */
export const friendsAmong = (
  environmentId: string,
  db: Db,
  playerId: string,
  others: readonly string[],
): Promise<string[]> => findFriendsAmong(environmentId, db, playerId, others)

/** Whether either of two players blocks the other. */
export const isBlockedBetween = (
  environmentId: string,
  db: Db,
  one: string,
  other: string,
): Promise<boolean> => isAnyBlocked(environmentId, db, one, other)

/** Everybody whom the player blocks or who blocks the player: neither is to hear of the other. */
export const blocksAround = (environmentId: string, db: Db, playerId: string): Promise<string[]> =>
  listBlocksAround(environmentId, db, playerId)
