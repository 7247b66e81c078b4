import { revokedAmong, subscribe } from '@aethex/shared/bus'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { closeCodes } from '../protocol/close-codes.js'
import type { Connection } from './connection.js'
import type { ConnectionRegistry } from './registry.js'

const end = (connection: Connection) => connection.close(closeCodes.policy, 'session revoked')

/** Closes the sockets whose session is revoked, as it is told, and after every gap by looking. */
export function watchRevocations(
  subscriber: Redis,
  redis: Redis,
  registry: ConnectionRegistry,
  log: Logger,
): void {
  subscribe(
    subscriber,
    'session.revoked',
    log,
    ({ environment_id, player_id, session_id }) => {
      registry.ofSession(environment_id, player_id, session_id).forEach(end)
    },
    () => closeRevoked(redis, registry.all()),
  )
}

/** Asks for the marks that revocations leave, and closes the sockets concerned. */
export async function closeRevoked(redis: Redis, connections: Connection[]): Promise<void> {
  const sessions = [...new Set(connections.map(({ holder }) => holder.session_id))]
  const revoked = new Set(await revokedAmong(redis, sessions))
  for (const connection of connections) {
    if (revoked.has(connection.holder.session_id)) end(connection)
  }
}
