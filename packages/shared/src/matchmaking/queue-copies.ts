import { answerOf, type Redis } from '../redis/index.js'
import { QueueSettings } from './queue-rules.js'

const copyKey = (environmentId: string) => `matchmaking:{${environmentId}}:settings`
const versionsKey = 'matchmaking:settings-versions'
const dueKey = 'matchmaking:rest-queues'

/** Longer than the versions are believed, so that no copy runs out while its setting stands. */
const copySeconds = 900
/** After this all copies are written anew. */
const versionsSeconds = 300

/** Which version of each environment's setting Redis has a copy of. Empty after Redis forgot everything. */
export async function copiedVersions(redis: Redis): Promise<Map<string, number>> {
  const all = await answerOf(redis.hgetall(versionsKey))
  return new Map(
    Object.entries(all).map(([environmentId, version]) => [environmentId, Number(version)]),
  )
}

/** Leaves a copy of the setting for the relay, which cannot ask PostgreSQL. */
export async function copyQueueSettings(
  redis: Redis,
  environmentId: string,
  settings: QueueSettings,
  version: number,
): Promise<void> {
  await answerOf(
    redis
      .multi()
      .set(copyKey(environmentId), JSON.stringify(settings), 'EX', copySeconds)
      .hset(versionsKey, environmentId, version)
      .expire(versionsKey, versionsSeconds, 'NX')
      .exec(),
  )
}

/** Undefined when there is no copy: nothing was declared, or Redis has just forgotten it. */
export async function readQueueSettings(
  redis: Redis,
  environmentId: string,
): Promise<QueueSettings | undefined> {
  const text = await answerOf(redis.get(copyKey(environmentId)))
  if (text === null) return undefined
  const parsed = QueueSettings.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}

/** Says that tickets wait in a queue that no socket may keep on any node's mind. */
export async function markRestQueue(
  redis: Redis,
  environmentId: string,
  name: string,
  untilMs: number,
): Promise<void> {
  const member = JSON.stringify([environmentId, name])
  await answerOf(
    redis
      .multi()
      .zadd(dueKey, 'GT', untilMs, member)
      .pexpireat(dueKey, untilMs, 'GT')
      .pexpireat(dueKey, untilMs, 'NX')
      .exec(),
  )
}

/** The queues where tickets of REST may wait. */
export async function listRestQueues(redis: Redis, nowMs: number) {
  await answerOf(redis.zremrangebyscore(dueKey, '-inf', nowMs))
  const members = await answerOf(redis.zrange(dueKey, 0, -1))
  return members.map(member => {
    const [environmentId, name]: unknown[] = JSON.parse(member)
    return { environmentId: String(environmentId), name: String(name) }
  })
}
