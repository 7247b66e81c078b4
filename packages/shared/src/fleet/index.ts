import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'

/** A relay node as it announces itself. */
const RelayNode = z.object({
  node_id: z.string(),
  /** Where clients dial: ws:// or wss://. */
  url: z.string(),
  sockets: z.int(),
})
export type RelayNode = z.infer<typeof RelayNode>

const nodesKey = 'fleet:nodes'
const nodeKey = (nodeId: string) => `fleet:node:${nodeId}`
const roomKey = (environmentId: string, roomId: string) => `fleet:room:${environmentId}:${roomId}`

/** A node that has not announced itself for this long is taken for dead, and so is its hold on rooms. */
export const nodeLeaseSeconds = 4

/** Says "I am here" for the next four seconds; call every second or two. */
export async function announceNode(redis: Redis, node: RelayNode): Promise<void> {
  await redis
    .multi()
    .set(nodeKey(node.node_id), JSON.stringify(node), 'EX', nodeLeaseSeconds)
    .sadd(nodesKey, node.node_id)
    .exec()
}

export async function retireNode(redis: Redis, nodeId: string): Promise<void> {
  await redis.multi().del(nodeKey(nodeId)).srem(nodesKey, nodeId).exec()
}

export async function findNode(redis: Redis, nodeId: string): Promise<RelayNode | undefined> {
  const text = await answerOf(redis.get(nodeKey(nodeId)))
  return text === null ? undefined : RelayNode.parse(JSON.parse(text))
}

/** The living nodes, least loaded first. */
export async function listNodes(redis: Redis): Promise<RelayNode[]> {
  const ids = await answerOf(redis.smembers(nodesKey))
  if (ids.length === 0) return []
  const texts = await answerOf(redis.mget(ids.map(nodeKey)))
  const dead = ids.filter((_, index) => texts[index] === null)
  if (dead.length > 0) await answerOf(redis.srem(nodesKey, ...dead))
  return texts
    .flatMap(text => (text === null ? [] : [RelayNode.parse(JSON.parse(text))]))
    .sort((a, b) => a.sockets - b.sockets)
}

// A claim holds only while its node lives: a new claimant takes over from a dead one in the same step.
const claimScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and redis.call('EXISTS', 'fleet:node:' .. holder) == 1 then
  return holder
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]`

/** Claims a room for a node, or renews the claim. Answers the node that holds it now. */
export async function claimRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  nodeId: string,
  seconds: number,
): Promise<string> {
  const key = roomKey(environmentId, roomId)
  return String(await answerOf(redis.eval(claimScript, 1, key, nodeId, seconds)))
}

// Only the holder may let go: a node that lost the room must not free its successor's claim.
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`

export async function releaseRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  nodeId: string,
): Promise<void> {
  await redis.eval(releaseScript, 1, roomKey(environmentId, roomId), nodeId)
}

/** The living node that holds a room, if one does. */
export async function findRoomNode(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<RelayNode | undefined> {
  const nodeId = await answerOf(redis.get(roomKey(environmentId, roomId)))
  return nodeId === null ? undefined : findNode(redis, nodeId)
}
