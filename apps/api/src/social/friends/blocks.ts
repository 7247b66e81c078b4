import { Problem } from '@aethex/shared/errors'
import type { Ctx } from '../../gateway/context.js'
import { between, circlesChanged } from './between.js'
import { addBlock, countBlocks, removeBlock } from './block-store.js'
import { tellFriends, toBoth } from './news.js'
import { removeRequest, turnRequest } from './request-store.js'
import { removeFriendship } from './store.js'

const mostBlocks = 1_000
const lifetimeMs = 30 * 86_400_000

/** Ends a friendship; neither has to agree. */
export async function removeFriend(ctx: Ctx, them: string): Promise<void> {
  const news = await between(ctx, them, async pair => {
    const { environmentId, tx, me } = pair
    if (!(await removeFriendship(environmentId, tx, me, them))) return []
    await circlesChanged(pair, true)
    return toBoth('friend.removed', me, them)
  })
  await tellFriends(ctx, news)
}

/**
 * From here on neither hears of the other. To the blocked it looks like the end of a friendship, and what they ask goes
 * unheard. Throws `blocks_full`.
 */
export async function blockPlayer(ctx: Ctx, them: string): Promise<void> {
  const news = await between(ctx, them, async pair => {
    const { environmentId, tx, me, now } = pair
    if ((await countBlocks(environmentId, tx, me)) >= mostBlocks) throw new Problem('blocks_full')
    if (!(await addBlock(environmentId, tx, me, them, now))) return []
    const wereFriends = await removeFriendship(environmentId, tx, me, them)
    await removeRequest(environmentId, tx, { from: me, to: them }, ['open', 'unheard', 'withdrawn'])
    const expiresAt = new Date(now.getTime() + lifetimeMs)
    const change = { from: 'open', to: 'unheard', expiresAt } as const
    await turnRequest(environmentId, tx, { from: them, to: me }, change)
    await circlesChanged(pair, true)
    return wereFriends ? toBoth('friend.removed', me, them) : []
  })
  await tellFriends(ctx, news)
}

/** Whoever was blocked may ask again, and is heard. */
export const unblockPlayer = (ctx: Ctx, them: string): Promise<void> =>
  between(ctx, them, async pair => {
    const { environmentId, tx, me } = pair
    if (!(await removeBlock(environmentId, tx, me, them))) return
    await removeRequest(environmentId, tx, { from: them, to: me }, ['unheard', 'withdrawn'])
    await circlesChanged(pair, false)
  })
