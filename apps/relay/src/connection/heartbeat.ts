import type { Closable } from '@aethex/shared/lifecycle'
import type { ConnectionRegistry } from './registry.js'

/** Pings every socket; one that vanished without a word is cut at the second ping it misses. */
export function startHeartbeat(registry: ConnectionRegistry, everyMs: number): Closable {
  const timer = setInterval(() => {
    for (const connection of registry.all()) connection.checkAlive()
  }, everyMs)
  return { close: async () => clearInterval(timer) }
}
