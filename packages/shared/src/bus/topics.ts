import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'

/**
 * A topic is an exact name within an environment, such as `chat.midgard.public`. What is told on it reaches those who
 * listen at that moment, of that environment alone: whoever needs all of it has another way to find out what was missed.
 */
const channelOf = (environmentId: string, topic: string) => `topic:${environmentId}:${topic}`

/** For scripts that tell in the step in which they write. */
export const topicChannel = channelOf

/** What stands before every topic of an environment that begins so. Neither holds a character that a glob knows. */
const patternOf = (environmentId: string, prefix: string) => `${channelOf(environmentId, prefix)}*`

/** Under way on one connection; a Redis that does not answer must not fill our memory. */
const mostUnderway = 10_000
const underway = new WeakMap<Redis, number>()

/**
 * Tells it to all who listen. False when it may have reached nobody: Redis is out, or did not answer. Never rejects.
 */
export async function tellTopic(
  redis: Redis,
  environmentId: string,
  topic: string,
  text: string,
): Promise<boolean> {
  const before = underway.get(redis) ?? 0
  // Asked while away, the connection would queue the command, and tell it when it is old.
  if (redis.status !== 'ready' || before >= mostUnderway) return false
  underway.set(redis, before + 1)
  try {
    await redis.publish(channelOf(environmentId, topic), text)
    return true
  } catch {
    return false
  } finally {
    underway.set(redis, (underway.get(redis) ?? 1) - 1)
  }
}

export interface TopicListener {
  /** `byPrefix` when it is told to those who follow all topics of a prefix. */
  onTold(environmentId: string, topic: string, text: string, byPrefix: boolean): void
  /** Something may have been missed on every topic that is followed. From here on it is heard again. */
  onGap(): void
}

/** What is told on the topics that somebody here follows, each counted: the last to go ends the subscription. */
export interface TopicFeed extends Closable {
  /** Resolves when the topic is heard; with Redis out at once, and a gap follows. Never rejects. */
  follow(environmentId: string, topic: string): Promise<void>
  unfollow(environmentId: string, topic: string): void
  /** Every topic of the environment that begins with `prefix`. */
  followAll(environmentId: string, prefix: string): Promise<void>
  unfollowAll(environmentId: string, prefix: string): void
}

interface Followed {
  followers: number
  heard: Promise<void>
}

const channelsAtOnce = 1_000
/** A connection that was cut without a word says nothing, just like one on which nothing is told. */
const pingMs = 15_000
const uuidLength = 36

function partsOf(channel: string): { environmentId: string; topic: string } {
  const start = 'topic:'.length
  const environmentId = channel.slice(start, start + uuidLength)
  return { environmentId, topic: channel.slice(start + uuidLength + 1) }
}

/** Listens on a connection of its own that nobody else uses. */
export function openTopicFeed(redis: Redis, log: Logger, listener: TopicListener): TopicFeed {
  const topics = new Map<string, Followed>()
  const patterns = new Map<string, Followed>()

  function startAnew(error: unknown): void {
    log.debug({ err: error }, 'the feed of topics waits for Redis')
    // Everything is subscribed to at the next `ready`, which comes by itself when there is no connection now.
    if (redis.status === 'ready') redis.stream.destroy()
  }

  async function subscribe(channels: readonly string[]): Promise<void> {
    for (let start = 0; start < channels.length; start += channelsAtOnce) {
      await redis.subscribe(...channels.slice(start, start + channelsAtOnce))
    }
  }

  function add(
    to: Map<string, Followed>,
    name: string,
    start: () => Promise<unknown>,
  ): Promise<void> {
    const known = to.get(name)
    if (known !== undefined) {
      known.followers++
      return known.heard
    }
    const heard = start().then(() => undefined, startAnew)
    to.set(name, { followers: 1, heard })
    return heard
  }

  function drop(from: Map<string, Followed>, name: string, end: () => Promise<unknown>): void {
    const known = from.get(name)
    if (known === undefined) return
    known.followers--
    if (known.followers > 0) return
    from.delete(name)
    end().catch(startAnew)
  }

  function hear(channel: string, text: string, byPrefix: boolean): void {
    try {
      const { environmentId, topic } = partsOf(channel)
      listener.onTold(environmentId, topic, text, byPrefix)
    } catch (error) {
      log.error({ err: error }, 'what was told on a topic could not be handled')
    }
  }

  redis.on('message', (channel: string, text: string) => {
    if (topics.has(channel)) hear(channel, text, false)
    // Given up while all channels were being subscribed to anew.
    else redis.unsubscribe(channel).catch(startAnew)
  })
  redis.on('pmessage', (pattern: string, channel: string, text: string) => {
    if (patterns.has(pattern)) hear(channel, text, true)
    else redis.punsubscribe(pattern).catch(startAnew)
  })
  redis.on('ready', () => {
    const all = subscribe([...topics.keys()]).then(async () => {
      if (patterns.size > 0) await redis.psubscribe(...patterns.keys())
    })
    all.then(() => listener.onGap(), startAnew)
  })
  const heartbeat = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(startAnew)
  }, pingMs)

  return {
    follow(environmentId, topic) {
      const channel = channelOf(environmentId, topic)
      return add(topics, channel, () => subscribe([channel]))
    },
    unfollow(environmentId, topic) {
      const channel = channelOf(environmentId, topic)
      drop(topics, channel, () => redis.unsubscribe(channel))
    },
    followAll(environmentId, prefix) {
      const pattern = patternOf(environmentId, prefix)
      return add(patterns, pattern, () => redis.psubscribe(pattern))
    },
    unfollowAll(environmentId, prefix) {
      const pattern = patternOf(environmentId, prefix)
      drop(patterns, pattern, () => redis.punsubscribe(pattern))
    },
    close: async () => clearInterval(heartbeat),
  }
}
