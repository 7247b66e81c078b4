import { type NewsFeed, openNewsFeed, type PlayerNews } from '@aethex/shared/bus'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { broadcast } from './broadcast.js'
import { LateNews } from './late-news.js'
import { messageOf } from './news-message.js'
import type { Recipient } from './recipient.js'

const playerKey = (environmentId: string, playerId: string) => `${environmentId}:${playerId}`

/**
 * Tells every socket of a player on this node what is new of that player, whatever room it is in. Nothing else waits
 * for it: a reader that is behind is told later, and only the newest.
 */
export class NewsDesk implements Closable {
  private readonly audiences = new Map<string, Set<Recipient>>()
  private readonly late = new LateNews()
  private readonly feed: NewsFeed

  /** `subscriber` is a connection that nobody else listens on. */
  constructor(subscriber: Redis, log: Logger) {
    this.feed = openNewsFeed(subscriber, log, {
      onNews: news => this.tell(news),
      onGap: () => this.tellGap(),
    })
  }

  /** Resolves when nothing will be missed from here on without a `news_gap`. Never rejects. */
  add(recipient: Recipient): Promise<void> {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const key = playerKey(environmentId, playerId)
    const audience = this.audiences.get(key) ?? new Set()
    this.audiences.set(key, audience)
    audience.add(recipient)
    return this.feed.follow(environmentId, playerId)
  }

  remove(recipient: Recipient): void {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const key = playerKey(environmentId, playerId)
    const audience = this.audiences.get(key)
    this.late.forget(recipient)
    if (!audience?.delete(recipient) || audience.size > 0) return
    this.audiences.delete(key)
    this.feed.unfollow(environmentId, playerId)
  }

  close(): Promise<void> {
    return this.feed.close()
  }

  private tell(news: PlayerNews): void {
    const { environment_id: environmentId, player_id: playerId } = news.payload
    const message = messageOf(news)
    for (const recipient of this.audiences.get(playerKey(environmentId, playerId)) ?? []) {
      if (news.topic === 'permissions.changed') {
        // Whatever the reader has heard of it: the relay itself goes by it from here on.
        recipient.holder.permissions = news.payload.permissions
      }
      if (!this.isLate(recipient)) recipient.send(message)
      // Of saves the newest of each slot says all; of the rest, that there is something to ask for.
      else if (message.type === 'save_written') this.late.add(recipient, message)
      else this.late.addGap(recipient)
    }
  }

  private tellGap(): void {
    const inTime: { recipient: Recipient }[] = []
    for (const audience of this.audiences.values()) {
      for (const recipient of audience) {
        if (this.isLate(recipient)) this.late.addGap(recipient)
        else inTime.push({ recipient })
      }
    }
    broadcast({ type: 'news_gap' }, inTime)
  }

  private isLate(recipient: Recipient): boolean {
    return recipient.isBehind || this.late.isFor(recipient)
  }
}
