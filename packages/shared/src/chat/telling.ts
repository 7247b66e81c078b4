import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { type ChatEvent, tellChat } from './events.js'

interface Untold {
  environmentId: string
  channel: string
}

/** Channels of which something could not be told, of this process, by their connection. */
const untold = new WeakMap<Redis, Map<string, Untold>>()
const retryMs = 1_000
/** Of more channels than that, what was missed is seen with what is said next. */
const mostUntold = 10_000

/** Readers are told to look as soon as Redis is back: nothing lies unheard in a channel where nobody speaks again. */
function remember(redis: Redis, log: Logger, missed: Untold): void {
  const known = untold.get(redis)
  const waiting = known ?? new Map<string, Untold>()
  if (waiting.size < mostUntold) waiting.set(`${missed.environmentId} ${missed.channel}`, missed)
  if (known !== undefined) return
  untold.set(redis, waiting)
  log.warn('chat could not be told; its readers will be when Redis is back')
  const again = () => void tellMissed(redis, log)
  // A connection that ended for good belongs to a process that ends.
  if (redis.status === 'end') return
  if (redis.status === 'ready') setTimeout(again, retryMs).unref()
  else redis.once('ready', again)
}

async function tellMissed(redis: Redis, log: Logger): Promise<void> {
  const waiting = [...(untold.get(redis)?.values() ?? [])]
  untold.delete(redis)
  for (const missed of waiting) {
    const event = { type: 'missed', channel: missed.channel } as const
    if (!(await tellChat(redis, missed.environmentId, event))) remember(redis, log, missed)
  }
}

/**
 * Tells what has happened in a channel. What is stored and could not be told now is told as missed later, by this
 * process as long as it lives; who writes to it again tells it anew. Never throws.
 */
export async function tellChatOrLater(
  redis: Redis,
  log: Logger,
  environmentId: string,
  event: ChatEvent,
): Promise<void> {
  const isTold = await tellChat(redis, environmentId, event)
  if (isTold || event.type === 'typing' || event.type === 'read') return
  remember(redis, log, { environmentId, channel: event.channel })
}
