import { Problem } from '@aethex/shared/errors'
import { findRoomNode } from '@aethex/shared/fleet'
import type { Redis } from '@aethex/shared/redis'
import type { Lease } from './lease.js'

/**
 * Refuses to take a room while it is not known whose it is: two nodes would speak for it until the other noticed.
 * Throws `room_elsewhere`, or `unavailable` for the few seconds that it takes.
 */
export async function assertNotForgotten(
  { redis, nodeId }: { redis: Redis; nodeId: string },
  lease: Lease,
  environmentId: string,
  roomId: string,
): Promise<void> {
  if (!lease.isRecovering()) return
  const home = await findRoomNode(redis, environmentId, roomId)
  // Handed over to this node, which has not opened it yet.
  if (home?.node_id === nodeId) return
  throw new Problem(home === undefined ? 'unavailable' : 'room_elsewhere')
}
