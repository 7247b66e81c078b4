import { setTimeout as wait } from 'node:timers/promises'
import { listNodes, nodesNear } from '@aethex/shared/fleet'
import type { Redis } from '@aethex/shared/redis'
import type { Connection } from '../connection/connection.js'
import type { ConnectionRegistry } from '../connection/registry.js'
import { closeCodes } from '../protocol/close-codes.js'
import type { RoomDirectory } from '../rooms/directory.js'

interface Node {
  redis: Redis
  nodeId: string
  region: string | undefined
  registry: ConnectionRegistry
  rooms: RoomDirectory
}

const fewestAtOnce = 10
const mostBatches = 20
const pauseMs = 100
const goodbyeMs = 2_000

/** The same sockets, those of one room beside each other. */
function groupsOf(leavers: readonly Connection[], rooms: RoomDirectory): Connection[][] {
  const groups = new Map<unknown, Connection[]>()
  for (const leaver of leavers) {
    const key = rooms.seatOf(leaver)?.room ?? leaver
    groups.set(key, [...(groups.get(key) ?? []), leaver])
  }
  return [...groups.values()]
}

/** Groups one after the other, as many as make `size` at a time. */
function* batchesOf<T>(groups: readonly T[][], size: number): Generator<T[][]> {
  let batch: T[][] = []
  let count = 0
  for (const group of groups) {
    batch.push(group)
    count += group.length
    if (count < size) continue
    yield batch
    batch = []
    count = 0
  }
  if (batch.length > 0) yield batch
}

/** The other nodes of the region in turn, the least loaded first: rooms are spread over all of them. */
async function successorsOf({ redis, nodeId, region }: Node): Promise<() => string | undefined> {
  const nodes = await listNodes(redis).catch(() => [])
  const others = nodesNear(
    nodes.filter(node => node.node_id !== nodeId),
    region,
  )
  let turn = 0
  return () => others[turn++ % Math.max(1, others.length)]?.node_id
}

/**
 * Sends everybody elsewhere within about four seconds: in small batches at uneven times, so that the other nodes are
 * not stormed. Members of one room go together, and their room goes with them, as it is.
 */
export async function emptyNode(node: Node): Promise<void> {
  const { registry, rooms } = node
  const leavers = registry.all()
  const next = await successorsOf(node)
  const size = Math.max(fewestAtOnce, Math.ceil(leavers.length / mostBatches))
  const leave = async (group: readonly Connection[]) => {
    const room = group[0] && rooms.seatOf(group[0])?.room
    if (room !== undefined) await rooms.handOver(room, next())
    for (const leaver of group) leaver.close(closeCodes.restart, 'this node is being stopped')
  }
  let isFirst = true
  for (const batch of batchesOf(groupsOf(leavers, rooms), size)) {
    if (!isFirst) await wait(pauseMs * (0.5 + Math.random()))
    isFirst = false
    await Promise.all(batch.map(leave))
  }
  const deadline = performance.now() + goodbyeMs
  while (registry.size > 0 && performance.now() < deadline) await wait(20)
  for (const leaver of leavers) leaver.terminate()
}
