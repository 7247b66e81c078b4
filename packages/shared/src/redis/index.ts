import { Redis } from 'ioredis'
import { unavailable } from '../errors/index.js'
import type { Logger } from '../log/index.js'

export type { Redis }

// Without these two a paused Redis hangs every caller for as long as it is paused.
const commandTimeoutMs = 1_000
const connectTimeoutMs = 2_000

/**
 * A connection that fails fast: a command that cannot be answered now rejects within a second.
 * It reconnects for ever in the background.
 */
export function openRedis(url: string, log: Logger, role = 'commands'): Redis {
  const redis = new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: role === 'commands',
    // Whoever listens subscribes at every `ready`, and then knows whether and since when it is heard.
    autoResubscribe: false,
    connectionName: role,
    retryStrategy: attempt => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
  })
  redis.on('error', error => log.debug({ err: error, role }, 'redis connection'))
  return redis
}

/** A Redis answer, or the 503 that says this part is out. */
export async function answerOf<T>(command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (error) {
    throw unavailable('live state', error)
  }
}
