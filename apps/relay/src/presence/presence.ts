import { openTopicFeed } from '@aethex/shared/bus'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { Recipient } from '../delivery/recipient.js'
import type { Tuning } from '../tuning.js'
import { CircleDesk } from './circle-desk.js'
import { OwnPlayers } from './own-players.js'
import type { RoomView } from './room-view.js'
import { Sightings } from './sightings.js'
import { Watch, type WatchParts, type WatchWish } from './watch.js'

export interface PresenceOptions {
  redis: Redis
  /** A connection that nobody else listens on. */
  subscriber: Redis
  nodeId: string
  roomOf: RoomView
  tuning: Tuning
  log: Logger
}

/** Who of a node's players is there, and what they are told of others. */
export class Presences implements Closable {
  readonly own: OwnPlayers
  private readonly parts: WatchParts & Closable
  private readonly watches = new Map<Recipient, Watch>()
  private readonly timer: NodeJS.Timeout

  constructor(options: PresenceOptions) {
    const { tuning } = options
    this.own = new OwnPlayers(options)
    this.parts = openParts(options)
    this.timer = setInterval(() => {
      for (const watch of this.watches.values()) watch.lookAround()
    }, tuning.presenceRoomsMs)
  }

  add(recipient: Recipient): void {
    this.own.add(recipient)
  }

  remove(recipient: Recipient): void {
    this.own.remove(recipient)
    this.endWatch(recipient)
  }

  /** Answers those who are there, or were before. Undefined when nobody waits for it any more. */
  async watch(recipient: Recipient, wish: WatchWish) {
    if (!wish.friends && !wish.room) {
      this.endWatch(recipient)
      return []
    }
    const watch = this.watches.get(recipient) ?? new Watch(recipient, this.parts)
    this.watches.set(recipient, watch)
    const players = await watch.begin(wish)
    // It closed meanwhile, and was taken off the list before it was on it.
    if (!recipient.isOpen) this.endWatch(recipient)
    return players
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    for (const recipient of [...this.watches.keys()]) this.endWatch(recipient)
    await this.parts.close()
    await this.own.close()
  }

  private endWatch(recipient: Recipient): void {
    this.watches.get(recipient)?.end()
    this.watches.delete(recipient)
  }
}

/** One feed for both: what happens between players, and what each of them does. */
function openParts({ redis, subscriber, roomOf, tuning, log }: PresenceOptions) {
  const feed = openTopicFeed(subscriber, log, {
    onTold(environmentId, topic, text) {
      const [kind, playerId = ''] = topic.split('.')
      if (kind === 'circle') circles.hear(environmentId, playerId, text)
      else sightings.hear(environmentId, playerId, text)
    },
    onGap() {
      circles.readAll()
      sightings.readAll()
    },
  })
  const circles = new CircleDesk(redis, feed, log)
  const sightings = new Sightings(redis, feed, log, tuning.presenceCheckMs)
  return {
    circles,
    sightings,
    roomOf,
    coalesceMs: tuning.presenceCoalesceMs,
    close: async () => {
      circles.close()
      await sightings.close()
      await feed.close()
    },
  }
}
