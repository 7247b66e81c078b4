import { publishNews } from '@aethex/shared/bus'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'

/** What one player is to hear about another. */
export interface FriendNews {
  topic: 'friend.requested' | 'friend.added' | 'friend.removed'
  to: string
  about: string
}

/** Of a change that both sides are to hear of: so do the other devices of whoever made it. */
export const toBoth = (
  topic: FriendNews['topic'],
  one: string,
  other: string,
): readonly FriendNews[] => [
  { topic, to: one, about: other },
  { topic, to: other, about: one },
]

/** After the commit: tells devices that are connected. Best effort; the lists say what was missed. */
export async function tellFriends(ctx: Ctx, news: readonly FriendNews[]): Promise<void> {
  if (news.length === 0) return
  const environmentId = environmentOf(ctx)
  const names = await usernamesOf(environmentId, ctx.db, [
    ...new Set(news.map(one => one.about)),
  ]).catch(() => new Map<string, string>())
  for (const { topic, to, about } of news) {
    const username = names.get(about)
    if (username === undefined) continue
    publishNews(ctx.redis, ctx.log, {
      topic,
      payload: {
        environment_id: environmentId,
        player_id: to,
        friend: { player_id: about, username },
      },
    })
  }
}
