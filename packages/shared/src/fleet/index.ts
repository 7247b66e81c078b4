import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'

/** A relay node as it announces itself. */
const RelayNode = z.object({
  node_id: z.string(),
  /** Where clients dial: ws:// or wss://. */
  url: z.string(),
  sockets: z.int(),
  /** Where it stands; undefined where whoever runs it does not say. */
  region: z.string().optional(),
})
export type RelayNode = z.infer<typeof RelayNode>

const nodesKey = 'fleet:nodes'
const nodeKey = (nodeId: string) => `fleet:node:${nodeId}`
/** Where the hold on a room stands, for scripts that write only for who has it. */
export const roomKey = (environmentId: string, roomId: string) =>
  `fleet:room:${environmentId}:${roomId}`

/** A node that has not announced itself for this long is taken for dead, and so is its hold on rooms. */
export const nodeLeaseSeconds = 4

const Announced = z.tuple([z.tuple([z.null(), z.string().nullable()])]).rest(z.unknown())

/**
 * Says "I am here" for the next four seconds; call every second or two. False when Redis did not know it any more, or
 * does not yet: what others have said may be forgotten too.
 */
export async function announceNode(redis: Redis, node: RelayNode): Promise<boolean> {
  const answers = await redis
    .multi()
    .set(nodeKey(node.node_id), JSON.stringify(node), 'EX', nodeLeaseSeconds, 'GET')
    .sadd(nodesKey, node.node_id)
    .exec()
  const [[, former]] = Announced.parse(answers)
  return former !== null
}

/** As `announceNode`, of a node that is being emptied: its rooms are still its own, but nobody new is sent there. */
export async function announceLeaving(redis: Redis, node: RelayNode): Promise<void> {
  await redis
    .multi()
    .set(nodeKey(node.node_id), JSON.stringify(node), 'EX', nodeLeaseSeconds)
    .srem(nodesKey, node.node_id)
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

/** Those of a region, in their order; all of them where none is there, which is better than nowhere. */
export function nodesNear(nodes: readonly RelayNode[], region: string | undefined) {
  const near = nodes.filter(node => node.region === region)
  return region === undefined || near.length === 0 ? nodes : near
}

// A claim holds only while its node lives: a new claimant takes over from a dead one in the same step. With
// every change of hands the epoch rises, also after Redis forgot it, because it follows the clock. Who renews says
// its epoch, and has lost the room when somebody had it in between.
const claimScript = `
local holder = redis.call('GET', KEYS[1])
local epoch = tonumber(redis.call('GET', KEYS[2]) or '0')
if holder and holder ~= ARGV[1] and redis.call('EXISTS', 'fleet:node:' .. holder) == 1 then
  return { holder, epoch, '' }
end
local known = tonumber(ARGV[3])
if known > 0 then
  if epoch > known then return { '', epoch, '' } end
  epoch = known
elseif holder ~= ARGV[1] or epoch == 0 then
  local time = redis.call('TIME')
  epoch = math.max(epoch + 1, time[1] * 1000 + math.floor(time[2] / 1000))
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], string.format('%.0f', epoch), 'EX', 86400)
return { ARGV[1], epoch, holder and holder ~= ARGV[1] and holder or '' }`

const epochKey = (environmentId: string, roomId: string) => `fleet:epoch:${environmentId}:${roomId}`

export interface Claim {
  /** The node that holds the room now; empty when the claim could not be renewed, and nobody holds it. */
  nodeId: string
  /** Rises whenever the room changes hands. */
  epoch: number
  /** The claim was taken from a node that has died, or cannot be reached. */
  isTakenOver: boolean
}

const ClaimAnswer = z
  .tuple([z.string(), z.coerce.number(), z.string()])
  .transform(([nodeId, epoch, former]): Claim => ({ nodeId, epoch, isTakenOver: former !== '' }))

/** Claims a room for a node, or renews the claim, of which the epoch is known. */
export async function claimRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  nodeId: string,
  seconds: number,
  knownEpoch = 0,
): Promise<Claim> {
  const keys = [roomKey(environmentId, roomId), epochKey(environmentId, roomId)]
  return ClaimAnswer.parse(
    await answerOf(redis.eval(claimScript, 2, ...keys, nodeId, seconds, knownEpoch)),
  )
}

// What the next node needs is left with the claim, in one step: a node that lost the room leaves nothing.
const handOverScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[4])
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  local epoch = tonumber(redis.call('GET', KEYS[2]) or '0') + 1
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
  redis.call('SET', KEYS[2], string.format('%.0f', epoch), 'EX', 86400)
end
return 1`

const keptKey = (environmentId: string, roomId: string) => `fleet:kept:${environmentId}:${roomId}`

export interface HandOver {
  from: string
  /** The node that shall have the room; undefined for whichever asks first. */
  to: string | undefined
  /** For `readKept`. */
  kept: string
  seconds: number
}

/** Gives a room to another node, with what is needed to go on. False when it was not `from`'s to give. */
export async function handOverRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  { from, to = '', kept, seconds }: HandOver,
): Promise<boolean> {
  const keys = [roomKey, epochKey, keptKey].map(key => key(environmentId, roomId))
  return (await answerOf(redis.eval(handOverScript, 3, ...keys, from, to, kept, seconds))) === 1
}

/**
 * What the last node left with the room; `forgetKept` when it is taken up. An answer that is lost on the way would take
 * it with it if it were deleted as it is read.
 */
export async function readKept(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<string | undefined> {
  return (await answerOf(redis.get(keptKey(environmentId, roomId)))) ?? undefined
}

export async function forgetKept(redis: Redis, environmentId: string, roomId: string) {
  await answerOf(redis.del(keptKey(environmentId, roomId)))
}

// Only the holder may let go: a node that lost the room must not free its successor's claim. Rooms come and go by the
// thousand: the epoch is remembered only for as long as another node may be stopped and still believe in an older one.
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('EXPIRE', KEYS[2], 600)
end
return 0`

export async function releaseRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  nodeId: string,
): Promise<void> {
  const keys = [roomKey(environmentId, roomId), epochKey(environmentId, roomId)]
  await redis.eval(releaseScript, 2, ...keys, nodeId)
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
