import type { TopicFeed } from '@aethex/shared/bus'
import type { Logger } from '@aethex/shared/log'
import {
  type Circle,
  CircleNews,
  circleTopic,
  readCircle,
  wantCircle,
} from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'

interface Followed {
  environmentId: string
  playerId: string
  /** Undefined until it was read for the first time. */
  circle: Circle | undefined
  listeners: Set<() => void>
  /** Reads overtake each other: the one begun last counts. */
  lastRead: number
  retry: NodeJS.Timeout | undefined
}

const askAgainMs = 1_000

const keyOf = (environmentId: string, playerId: string) => `${environmentId}:${playerId}`

/** Who is around the players who watch others here, and keeps up with it. */
export class CircleDesk {
  private readonly followed = new Map<string, Followed>()

  constructor(
    private readonly redis: Redis,
    private readonly feed: TopicFeed,
    private readonly log: Logger,
  ) {}

  /** `onChange` runs with every change until `unfollow` with the same function. */
  follow(environmentId: string, playerId: string, onChange: () => void): void {
    const key = keyOf(environmentId, playerId)
    const known = this.followed.get(key)
    if (known !== undefined) {
      known.listeners.add(onChange)
      return
    }
    const one: Followed = {
      environmentId,
      playerId,
      circle: undefined,
      listeners: new Set([onChange]),
      lastRead: 0,
      retry: undefined,
    }
    this.followed.set(key, one)
    void this.feed.follow(environmentId, circleTopic(playerId)).then(() => this.read(one))
  }

  unfollow(environmentId: string, playerId: string, onChange: () => void): void {
    const key = keyOf(environmentId, playerId)
    const one = this.followed.get(key)
    if (!one?.listeners.delete(onChange) || one.listeners.size > 0) return
    this.followed.delete(key)
    clearTimeout(one.retry)
    this.feed.unfollow(environmentId, circleTopic(playerId))
  }

  /** Undefined while nobody knows: then nobody is shown to the player. */
  of(environmentId: string, playerId: string): Circle | undefined {
    return this.followed.get(keyOf(environmentId, playerId))?.circle
  }

  hear(environmentId: string, playerId: string, text: string): void {
    const one = this.followed.get(keyOf(environmentId, playerId))
    if (one === undefined) return
    const { parted } = CircleNews.parse(JSON.parse(text))
    // Whoever is a friend no more is out of sight at once, and not only when the circle has been read.
    if (one.circle?.friends.some(id => parted.includes(id)) === true) {
      const friends = one.circle.friends.filter(id => !parted.includes(id))
      this.change(one, { ...one.circle, friends })
    }
    void this.read(one)
  }

  /** Something may have been missed. */
  readAll(): void {
    for (const one of this.followed.values()) void this.read(one)
  }

  close(): void {
    for (const { retry } of this.followed.values()) clearTimeout(retry)
    this.followed.clear()
  }

  private async read(one: Followed): Promise<void> {
    const { environmentId, playerId } = one
    const mine = ++one.lastRead
    const isOver = () =>
      mine !== one.lastRead || this.followed.get(keyOf(environmentId, playerId)) !== one
    clearTimeout(one.retry)
    try {
      const circle = await readCircle(this.redis, environmentId, playerId)
      if (isOver()) return
      if (circle !== undefined) {
        this.change(one, circle)
        return
      }
      await wantCircle(this.redis, environmentId, playerId)
    } catch (error) {
      this.log.debug({ err: error }, 'a circle is read later')
    }
    if (!isOver()) one.retry = setTimeout(() => void this.read(one), askAgainMs)
  }

  private change(one: Followed, circle: Circle): void {
    one.circle = circle
    for (const listener of one.listeners) listener()
  }
}
