import { z } from 'zod'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { friendNews } from './friend-news.js'
import { partyAndGroupNews } from './party-news.js'
import { permissionNews } from './permission-news.js'
import { roomNews } from './room-news.js'

/**
 * What a player's devices are told at once. News is best effort: it passes no outbox and leaves no mark, and
 * whoever hears it has another way to find out what was missed. Like an event it holds no secret.
 */
export const PlayerNews = z.discriminatedUnion('topic', [
  z.object({
    topic: z.literal('save.written'),
    payload: z.object({
      environment_id: z.uuid(),
      player_id: z.uuid(),
      save_id: z.string(),
      version: z.int(),
      /** SHA-256 of the plain bytes, in hexadecimal; null for a tombstone. */
      hash: z.string().nullable(),
      /** What the writing device calls itself. */
      device: z.string().nullable(),
      deleted: z.boolean(),
    }),
  }),
  ...partyAndGroupNews,
  ...friendNews,
  ...permissionNews,
  ...roomNews,
])
export type PlayerNews = z.infer<typeof PlayerNews>

/** A channel per player: a relay node hears only of those whose sockets it has. */
const channelOf = (environmentId: string, playerId: string) => `news:${environmentId}:${playerId}`

interface Desk {
  underway: number
  untold: number
  quietUntil: number
}

/** News under way on one connection; a Redis that does not answer must not fill our memory. */
const mostUnderway = 1_000
const quietMs = 30_000
const desks = new WeakMap<Redis, Desk>()

function deskOf(redis: Redis): Desk {
  const known = desks.get(redis)
  if (known !== undefined) return known
  const desk = { underway: 0, untold: 0, quietUntil: 0 }
  desks.set(redis, desk)
  return desk
}

/** One line for all the news of half a minute: they are lost at the pace of the hottest write. */
function complain(desk: Desk, log: Logger, error?: unknown): void {
  desk.untold++
  if (performance.now() < desk.quietUntil) return
  log.warn({ err: error, untold: desk.untold }, 'news of players was not told')
  desk.untold = 0
  desk.quietUntil = performance.now() + quietMs
}

/** Hands news to Redis. The caller neither waits nor fails: with Redis out, nobody is told. */
export function publishNews(redis: Redis, log: Logger, news: PlayerNews): void {
  const desk = deskOf(redis)
  // Asked while away, the connection would queue the command; old news is worth less than none.
  if (redis.status !== 'ready' || desk.underway >= mostUnderway) {
    complain(desk, log)
    return
  }
  const { environment_id, player_id } = news.payload
  desk.underway++
  void redis
    .publish(channelOf(environment_id, player_id), JSON.stringify(news))
    .catch(error => complain(desk, log, error))
    .finally(() => desk.underway--)
}

export interface NewsListener {
  onNews(news: PlayerNews): void
  /** News may have been missed, of everybody who is followed. From here on it is heard again. */
  onGap(): void
}

/** The news of the players who are followed. */
export interface NewsFeed extends Closable {
  /** Resolves when the player's news is heard; with Redis out at once, and a gap follows. Never rejects. */
  follow(environmentId: string, playerId: string): Promise<void>
  unfollow(environmentId: string, playerId: string): void
}

const channelsAtOnce = 1_000
/** A connection that was cut without a word says nothing, just like one without news. */
const pingMs = 15_000

/** Listens on a connection of its own: thousands of channels, and what they bring, hold up nothing else. */
export function openNewsFeed(redis: Redis, log: Logger, listener: NewsListener): NewsFeed {
  const followed = new Map<string, Promise<void>>()

  function startAnew(error: unknown): void {
    log.debug({ err: error }, 'the news feed waits for Redis')
    // Everything is subscribed to at the next `ready`, which comes by itself when there is no connection now.
    if (redis.status === 'ready') redis.stream.destroy()
  }

  async function subscribe(channels: readonly string[]): Promise<void> {
    for (let start = 0; start < channels.length; start += channelsAtOnce) {
      await redis.subscribe(...channels.slice(start, start + channelsAtOnce))
    }
  }

  function hear(channel: string, text: string): void {
    if (!followed.has(channel)) {
      // Given up while all channels were being subscribed to anew.
      redis.unsubscribe(channel).catch(startAnew)
      return
    }
    const { success, data } = PlayerNews.safeParse(JSON.parse(text))
    // A newer process may tell of what this one does not know yet.
    if (!success) return
    const { environment_id, player_id } = data.payload
    if (channelOf(environment_id, player_id) === channel) listener.onNews(data)
  }

  redis.on('message', (channel: string, text: string) => {
    try {
      hear(channel, text)
    } catch (error) {
      log.error({ err: error }, 'news of a player could not be handled')
    }
  })
  redis.on('ready', () => {
    subscribe([...followed.keys()]).then(() => listener.onGap(), startAnew)
  })
  const heartbeat = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(startAnew)
  }, pingMs)

  return {
    follow(environmentId, playerId) {
      const channel = channelOf(environmentId, playerId)
      const known = followed.get(channel)
      if (known !== undefined) return known
      const heard = subscribe([channel]).catch(startAnew)
      followed.set(channel, heard)
      return heard
    },
    unfollow(environmentId, playerId) {
      const channel = channelOf(environmentId, playerId)
      if (!followed.delete(channel)) return
      redis.unsubscribe(channel).catch(startAnew)
    },
    close: async () => clearInterval(heartbeat),
  }
}
