import { offline, type PresenceRecord, presenceOf } from '@aethex/shared/presence'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { friendsAmong } from '../friends/service.js'
import { findPresences } from './store.js'

/** What a server sees, and the player themselves: who is invisible is there all the same. */
function presenceInside(record: PresenceRecord) {
  const { chosen, until, room } = record
  if (until === 0 || chosen?.status !== 'invisible') return { ...presenceOf(record), room_id: room }
  const { text, details } = chosen
  return { status: 'invisible' as const, text, details, room_id: room, last_seen_at: null }
}

/** Whom the caller may ask about: a server about everybody, a player about friends and themselves. */
async function visibleAmong(ctx: Ctx, ids: readonly string[]): Promise<readonly string[]> {
  const { actor } = ctx
  if (actor.kind !== 'player') return ids
  const { environmentId, playerId } = actor
  const friends = new Set(await friendsAmong(environmentId, ctx.db, playerId, ids))
  return ids.filter(id => id === playerId || friends.has(id))
}

/** Who is there and what they say of it. Whoever the caller may not ask about is left out. */
export async function listPresences(ctx: Ctx, userIds: readonly string[]) {
  const environmentId = environmentOf(ctx)
  const { actor } = ctx
  const ids = await visibleAmong(ctx, [...new Set(userIds)])
  const found = await findPresences(environmentId, ctx.redis, ids)
  const items = ids.map(id => {
    const record = found.get(id)
    if (record === undefined) return { user_id: id, ...offline }
    const isInside = actor.kind !== 'player' || actor.playerId === id
    return { user_id: id, ...(isInside ? presenceInside(record) : presenceOf(record)) }
  })
  return { items }
}
