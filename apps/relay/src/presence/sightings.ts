import type { TopicFeed } from '@aethex/shared/bus'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import {
  offline,
  type Presence,
  parseSighting,
  presenceOf,
  presenceTopic,
  readPresences,
  type Sighting,
} from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'

type Listener = (playerId: string, presence: Presence) => void

/** Somebody whom somebody watches here. */
interface Watched {
  environmentId: string
  playerId: string
  presence: Presence
  /** By `performance.now()`: after that it is looked at again. */
  believedUntil: number
  /** Rises with all that is heard: a read that was overtaken says nothing. */
  heard: number
  listeners: Set<Listener>
  isRead: boolean
  /** Resolves with the first read, whether it succeeded or not. */
  known: Promise<void>
  tellKnown: () => void
}

/** Nodes agree on when a word runs out by the clock of Redis; whoever looks is late by the way of the answer. */
const slackMs = 50

const keyOf = (environmentId: string, playerId: string) => `${environmentId}:${playerId}`

/** The presence of everybody who is watched on this node: one subscription for each, whoever watches. */
export class Sightings implements Closable {
  private readonly watched = new Map<string, Watched>()
  private readonly toRead = new Set<Watched>()
  private reading: NodeJS.Immediate | undefined
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly redis: Redis,
    private readonly feed: TopicFeed,
    private readonly log: Logger,
    checkMs: number,
  ) {
    this.timer = setInterval(() => this.lookAfterDoubtful(), checkMs)
  }

  /** `listener` runs with every change until `unwatch` with the same function. */
  watch(environmentId: string, playerId: string, listener: Listener): void {
    const key = keyOf(environmentId, playerId)
    const known = this.watched.get(key)
    if (known !== undefined) {
      known.listeners.add(listener)
      return
    }
    const one = unseen(environmentId, playerId)
    one.listeners.add(listener)
    this.watched.set(key, one)
    void this.feed.follow(environmentId, presenceTopic(playerId)).then(() => this.readSoon(one))
  }

  /** Resolves when somebody who is watched has been looked at, or could not be. */
  async known(environmentId: string, playerId: string): Promise<void> {
    await this.watched.get(keyOf(environmentId, playerId))?.known
  }

  unwatch(environmentId: string, playerId: string, listener: Listener): void {
    const key = keyOf(environmentId, playerId)
    const one = this.watched.get(key)
    if (!one?.listeners.delete(listener) || one.listeners.size > 0) return
    this.watched.delete(key)
    this.toRead.delete(one)
    this.feed.unfollow(environmentId, presenceTopic(playerId))
  }

  of(environmentId: string, playerId: string): Presence {
    return this.watched.get(keyOf(environmentId, playerId))?.presence ?? offline
  }

  hear(environmentId: string, playerId: string, text: string): void {
    const one = this.watched.get(keyOf(environmentId, playerId))
    if (one === undefined) return
    one.heard++
    this.see(one, parseSighting(text))
  }

  /** Something may have been missed. */
  readAll(): void {
    for (const one of this.watched.values()) this.readSoon(one)
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    clearImmediate(this.reading)
    this.watched.clear()
  }

  private lookAfterDoubtful(): void {
    const now = performance.now()
    for (const one of this.watched.values()) {
      if (one.believedUntil < now || !one.isRead) this.readSoon(one)
    }
  }

  private readSoon(one: Watched): void {
    this.toRead.add(one)
    this.reading ??= setImmediate(() => void this.readNow())
  }

  private async readNow(): Promise<void> {
    this.reading = undefined
    const all = [...this.toRead]
    this.toRead.clear()
    const groups = new Map<string, Watched[]>()
    for (const one of all) {
      const group = groups.get(one.environmentId) ?? []
      groups.set(one.environmentId, group)
      group.push(one)
    }
    await Promise.all(Array.from(groups, ([environmentId, some]) => this.read(environmentId, some)))
  }

  private async read(environmentId: string, some: readonly Watched[]): Promise<void> {
    const before = some.map(({ heard }) => heard)
    try {
      const ids = some.map(({ playerId }) => playerId)
      const sightings = await readPresences(this.redis, environmentId, ids)
      for (const [index, one] of some.entries()) {
        const sighting = sightings[index]
        one.isRead = true
        if (sighting !== undefined && one.heard === before[index]) this.see(one, sighting)
      }
    } catch (error) {
      this.log.debug({ err: error }, 'presences are looked at later')
    }
    for (const one of some) one.tellKnown()
  }

  private see(one: Watched, { record, forMs }: Sighting): void {
    const presence = presenceOf(record)
    one.believedUntil = forMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + forMs + slackMs
    if (JSON.stringify(presence) === JSON.stringify(one.presence)) return
    one.presence = presence
    for (const listener of one.listeners) listener(one.playerId, presence)
  }
}

function unseen(environmentId: string, playerId: string): Watched {
  let tellKnown = () => {}
  const known = new Promise<void>(resolve => {
    tellKnown = resolve
  })
  return {
    environmentId,
    playerId,
    presence: offline,
    believedUntil: Number.POSITIVE_INFINITY,
    heard: 0,
    listeners: new Set(),
    isRead: false,
    known,
    tellKnown,
  }
}
