import { announce } from '@aethex/shared/bus'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { permissionsOf } from '../../players/privacy/service.js'
import { removeRequestsBetween } from './request-store.js'
import { addFriendship, countFriends, holdPair } from './store.js'

export const mostFriends = 500

/** Two players and the one transaction in which something changes between them. */
export interface Pair {
  environmentId: string
  tx: Db
  me: string
  them: string
  now: Date
}

/**
 * Runs `work` with both players held: two that ask each other, or one who asks twice, take turns. Throws `oneself`, and
 * 404 when the other is not there. `db`: a transaction that this is part of.
 */
export async function between<T>(
  ctx: Ctx,
  them: string,
  work: (pair: Pair) => Promise<T>,
  db: Db = ctx.db,
): Promise<T> {
  const { environmentId, playerId: me } = playerOf(ctx)
  if (them === me) throw new Problem('oneself')
  const answer = await db.transaction(async tx => {
    const there = await holdPair(environmentId, tx, me, them)
    if (!there.has(me)) throw new Problem('session_ended')
    if (!there.has(them)) throw notFound()
    return work({ environmentId, tx, me, them, now: ctx.now() })
  })
  ctx.outbox.wake()
  return answer
}

/** Tells the relays, in the transaction of the change. `parted`: neither sees the other any more. */
export const circlesChanged = ({ environmentId, tx, me, them }: Pair, parted: boolean) =>
  announce(tx, {
    topic: 'circles.changed',
    payload: {
      environment_id: environmentId,
      player_ids: [me, them],
      parted: parted ? [me, them] : [],
    },
  })

/** Makes two players friends, and whatever they asked of each other is over. Throws `friends_full`. */
export async function makeFriends(pair: Pair): Promise<void> {
  const { environmentId, tx, me, them, now } = pair
  for (const playerId of [me, them]) {
    if ((await countFriends(environmentId, tx, playerId)) >= mostFriends) {
      throw new Problem('friends_full')
    }
  }
  await removeRequestsBetween(environmentId, tx, me, them)
  await addFriendship(environmentId, tx, me, them, now)
  await circlesChanged(pair, false)
}

/** Whether a player may get to know others: a child may with a parent's leave to chat. */
export async function mayMeet(ctx: Ctx, environmentId: string, playerId: string) {
  return (await permissionsOf(ctx, environmentId, playerId)).permissions.chat
}

/** Throws `age_required` or `parental_consent_required`. */
export async function assertMayMeet(ctx: Ctx): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const { age_required, permissions } = await permissionsOf(ctx, environmentId, playerId)
  if (age_required) throw new Problem('age_required')
  if (!permissions.chat) throw new Problem('parental_consent_required')
}
