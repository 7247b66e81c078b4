import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { answerCircleWishes, type CircleReader } from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'

/** Writes the circles that relay nodes want, until it is closed; hears of the wishes on a connection of its own. */
export function writeCircles(redis: Redis, log: Logger, read: CircleReader): Closable {
  const subscriber = redis.duplicate({ connectionName: 'circles', enableOfflineQueue: false })
  subscriber.on('error', error => log.debug({ err: error }, 'circles connection'))
  answerCircleWishes({ subscriber, redis }, log, read)
  return { close: async () => subscriber.disconnect() }
}
