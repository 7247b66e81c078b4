import type { Logger } from '../log/index.js'
import { type CirclesChanged, forgetCircles } from '../presence/circles.js'
import type { Redis } from '../redis/index.js'

/**
 * What every process concerned must hear of in the end: it comes out of the outbox and leaves a mark. What may be
 * missed is news (`news.ts`). Names are past tense; payloads are small and hold no secret.
 */
export interface BusEvents {
  'session.revoked': { environment_id: string; player_id: string; session_id: string }
  /** Players have become friends, are friends no more, or do not want to hear of each other. */
  'circles.changed': CirclesChanged
}

export type BusTopic = keyof BusEvents
export type BusMessage = { [T in BusTopic]: { topic: T; payload: BusEvents[T] } }[BusTopic]

const channelOf = (topic: BusTopic) => `bus:${topic}`

/** A revocation outlives every access token of the session (15 minutes and some leeway). */
const revocationMarkSeconds = 1_200
const revocationMark = (sessionId: string) => `revoked:${sessionId}`

/**
 * Hands a message to Redis, and leaves what listeners that were away need: publish and subscribe alone forget.
 * A revocation leaves a mark; circles that have changed are not there any more.
 */
export async function publish(redis: Redis, { topic, payload }: BusMessage): Promise<void> {
  if (topic === 'circles.changed') {
    await forgetCircles(redis, payload)
    return
  }
  await redis.set(revocationMark(payload.session_id), '1', 'EX', revocationMarkSeconds)
  await redis.publish(channelOf(topic), JSON.stringify(payload))
}

/** Which of these sessions carry a revocation mark. */
export async function revokedAmong(redis: Redis, sessionIds: string[]): Promise<string[]> {
  if (sessionIds.length === 0) return []
  const marks = await redis.mget(sessionIds.map(revocationMark))
  return sessionIds.filter((_, index) => marks[index] !== null)
}

/**
 * Listens to a topic on a connection of its own. `onGap` runs whenever messages may have been missed:
 * after every (re)connection.
 */
export function subscribe<T extends BusTopic>(
  redis: Redis,
  topic: T,
  log: Logger,
  listen: (payload: BusEvents[T]) => void,
  onGap: () => Promise<void>,
): void {
  const channel = channelOf(topic)
  redis.on('message', (from: string, text: string) => {
    if (from !== channel) return
    try {
      listen(JSON.parse(text))
    } catch (error) {
      log.error({ err: error, topic }, 'a bus message could not be handled')
    }
  })
  redis.on('ready', () => {
    redis
      .subscribe(channel)
      .then(onGap)
      .catch(error => log.warn({ err: error, topic }, 'could not subscribe'))
  })
}
