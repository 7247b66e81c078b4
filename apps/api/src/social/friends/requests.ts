import { once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { usernameKey } from '../../players/auth/service.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { assertMayMeet, between, makeFriends, mayMeet, mostFriends, type Pair } from './between.js'
import { isBlocking } from './block-store.js'
import { type FriendNews, tellFriends, toBoth } from './news.js'
import {
  countRequestsGot,
  countRequestsMade,
  findRequest,
  putRequest,
  removeRequest,
  turnRequest,
} from './request-store.js'
import { countFriends, findFriendsAmong, findIdByUsername } from './store.js'

const mostMade = 100
const mostGot = 500
const lifetimeMs = 30 * 86_400_000

/** Of one player: nobody goes through all the names of a game. */
const asking = { name: 'friend_requests', quota: 120, windowSeconds: 3_600 }

const expiryOf = (now: Date) => new Date(now.getTime() + lifetimeMs)

const areFriends = async ({ environmentId, tx, me, them }: Pair) =>
  (await findFriendsAmong(environmentId, tx, me, [them])).length > 0

async function assertRoom({ environmentId, tx, me, them, now }: Pair): Promise<void> {
  if ((await countFriends(environmentId, tx, me)) >= mostFriends) throw new Problem('friends_full')
  const made = await countRequestsMade(environmentId, tx, me, now)
  const got = await countRequestsGot(environmentId, tx, them, now)
  if (made >= mostMade || got >= mostGot) throw new Problem('friend_requests_full')
}

interface Asked {
  status: 'requested' | 'friends'
  news: readonly FriendNews[]
}

/**
 * Whoever is blocked, was declined, or asks a child that may meet nobody gets the answer that everybody gets, and sees
 * the request among their own; the other hears nothing of it. `mayBeHeard`: the other may meet people at all.
 */
async function ask(pair: Pair, mayBeHeard: boolean): Promise<Asked> {
  const { environmentId, tx, me, them, now } = pair
  if (await isBlocking(environmentId, tx, me, them)) throw new Problem('player_blocked')
  if (await areFriends(pair)) return { status: 'friends', news: [] }
  const isBlocked = await isBlocking(environmentId, tx, them, me)
  const theirs = await findRequest(environmentId, tx, { from: them, to: me }, now)
  if (!isBlocked && mayBeHeard && (theirs === 'open' || theirs === 'unheard')) {
    await makeFriends(pair)
    return { status: 'friends', news: toBoth('friend.added', me, them) }
  }
  const mine = await findRequest(environmentId, tx, { from: me, to: them }, now)
  if (mine === 'open' || mine === 'unheard') return { status: 'requested', news: [] }
  await assertRoom(pair)
  // Whoever asks now has forgotten that the other was not wanted.
  await removeRequest(environmentId, tx, { from: them, to: me }, ['withdrawn'])
  const isHeard = mine === undefined && !isBlocked && mayBeHeard
  const state = isHeard ? 'open' : 'unheard'
  await putRequest(
    environmentId,
    tx,
    { from: me, to: them },
    { state, now, expiresAt: expiryOf(now) },
  )
  const news = isHeard ? [{ topic: 'friend.requested', to: them, about: me } as const] : []
  return { status: 'requested', news }
}

/**
 * Asks somebody to be friends; of two who ask each other friends are made. Throws 404 for who is not there, `oneself`,
 * `player_blocked` (by the asker), `friends_full`, `friend_requests_full`, `age_required`, `parental_consent_required`.
 */
export async function requestFriend(
  ctx: Ctx,
  { user_id, username }: { user_id?: string | undefined; username?: string | undefined },
) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.limits.take(asking, `${environmentId} ${playerId}`)
  await assertMayMeet(ctx)
  const them =
    user_id ?? (await findIdByUsername(environmentId, ctx.db, usernameKey(username ?? '')))
  if (them === undefined) throw notFound()
  const mayBeHeard = await mayMeet(ctx, environmentId, them)
  let news: readonly FriendNews[] = []
  const answer = await once(ctx.db, ctx.idempotency, async db => {
    const asked = await between(ctx, them, pair => ask(pair, mayBeHeard), db)
    news = asked.news
    return { status: asked.status, user_id: them }
  })
  ctx.outbox.wake()
  await tellFriends(ctx, news)
  return answer
}

/** Says yes to who has asked. Doing so twice is the same as once. Throws 404 when nobody has, `friends_full`. */
export async function acceptFriend(ctx: Ctx, them: string) {
  await assertMayMeet(ctx)
  const news = await between(ctx, them, async pair => {
    if (await areFriends(pair)) return []
    const { environmentId, tx, me, now } = pair
    const state = await findRequest(environmentId, tx, { from: them, to: me }, now)
    if (state !== 'open') throw notFound()
    await makeFriends(pair)
    return toBoth('friend.added', me, them)
  })
  await tellFriends(ctx, news)
  const { environmentId } = playerOf(ctx)
  const username = (await usernamesOf(environmentId, ctx.db, [them])).get(them) ?? ''
  return { friend: { user_id: them, username } }
}

/** Says no without a word: the other goes on seeing the request, until it runs out. */
export const declineFriend = (ctx: Ctx, them: string): Promise<void> =>
  between(ctx, them, async ({ environmentId, tx, me, now }) => {
    const change = { from: 'open', to: 'unheard', expiresAt: expiryOf(now) } as const
    await turnRequest(environmentId, tx, { from: them, to: me }, change)
  })

/** Takes back what the player has asked. That it was not wanted is remembered, or it would be asked again and again. */
export const cancelRequest = (ctx: Ctx, them: string): Promise<void> =>
  between(ctx, them, async ({ environmentId, tx, me, now }) => {
    const way = { from: me, to: them }
    if ((await removeRequest(environmentId, tx, way, ['open'])) !== undefined) return
    const change = { from: 'unheard', to: 'withdrawn', expiresAt: expiryOf(now) } as const
    await turnRequest(environmentId, tx, way, change)
  })
