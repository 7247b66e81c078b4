import type { PlayerData } from '../../gateway/player-data.js'
import { forgetTraces, groupIdsOf, tracesOf } from './data-store.js'
import { takeOut } from './members.js'
import { mergeable } from './merging.js'

export const playerData: PlayerData = {
  name: 'groups',
  mergeable,
  tables: ['group_member', 'group_request', 'group_ban'],
  async *exportFor({ db }, environmentId, playerId) {
    const { memberships, requests, bans } = await tracesOf(environmentId, db, playerId)
    if (memberships.length > 0) yield { name: 'memberships.json', content: memberships }
    if (requests.length > 0) yield { name: 'requests.json', content: requests }
    if (bans.length > 0) yield { name: 'bans.json', content: bans }
  },
  // A group outlives its leader: whoever comes next leads it.
  async eraseFor({ db }, environmentId, playerId) {
    const groupIds = await groupIdsOf(environmentId, db, playerId)
    for (const groupId of groupIds) {
      await db.transaction(tx => takeOut(environmentId, tx, groupId, playerId))
    }
    return { group_member: groupIds.length, ...(await forgetTraces(environmentId, db, playerId)) }
  },
}
