import { answerOf, type Redis } from '@aethex/shared/redis'
import { z } from 'zod'

/** What a device that asked for a sign-in waits for. Keys hold hashes only. */
const deviceKey = (environmentId: string, hash: string) => `device:{${environmentId}}:code:${hash}`
const userKey = (environmentId: string, hash: string) => `device:{${environmentId}}:user:${hash}`

const addScript = `
if redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3], 'NX') == false then return 0 end
redis.call('HSET', KEYS[1], 'state', 'pending', 'name', ARGV[2], 'interval', ARGV[4], 'asked', 0)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`

// The count of seconds grows with every question that comes too early (RFC 8628 §3.5). An answer is given once.
const askScript = `
local state, interval, asked = unpack(redis.call('HMGET', KEYS[1], 'state', 'interval', 'asked'))
if not state then return { 'expired' } end
local now = tonumber(ARGV[1])
interval = tonumber(interval)
redis.call('HSET', KEYS[1], 'asked', now)
if now - tonumber(asked) < interval * 1000 - 500 then
  interval = math.min(interval + 5, 60)
  redis.call('HSET', KEYS[1], 'interval', interval)
  return { 'slow_down', tostring(interval) }
end
if state == 'pending' then return { 'pending', tostring(interval) } end
local player = redis.call('HGET', KEYS[1], 'player')
redis.call('DEL', KEYS[1])
return { state, player }`

const decideScript = `
local device = redis.call('GETDEL', KEYS[1])
if not device then return 0 end
local key = ARGV[1] .. device
if redis.call('HGET', key, 'state') ~= 'pending' then return 0 end
redis.call('HSET', key, 'state', ARGV[2], 'player', ARGV[3])
return 1`

export interface NewDevice {
  deviceHash: string
  userHash: string
  name: string
  ttlSeconds: number
  intervalSeconds: number
}

/** False when another device waits under the same user code. */
export async function addWaitingDevice(
  environmentId: string,
  redis: Redis,
  { deviceHash, userHash, name, ttlSeconds, intervalSeconds }: NewDevice,
): Promise<boolean> {
  const keys = [deviceKey(environmentId, deviceHash), userKey(environmentId, userHash)]
  const values = [deviceHash, name, ttlSeconds, intervalSeconds]
  return (await answerOf(redis.eval(addScript, 2, ...keys, ...values))) === 1
}

const Asked = z.union([
  z.tuple([z.literal('expired')]),
  z.tuple([z.enum(['slow_down', 'pending']), z.coerce.number()]),
  z.tuple([z.enum(['approved', 'denied']), z.string()]),
])

/** What has been decided; `approved` and `denied` are answered to one caller only. */
export const askForDevice = async (
  environmentId: string,
  redis: Redis,
  deviceHash: string,
  now: Date,
) =>
  Asked.parse(
    await answerOf(
      redis.eval(askScript, 1, deviceKey(environmentId, deviceHash), String(now.getTime())),
    ),
  )

/** Decides for the device under a user code, once. False when none waits. */
export async function decideForDevice(
  environmentId: string,
  redis: Redis,
  userHash: string,
  decision: 'approved' | 'denied',
  playerId: string,
): Promise<boolean> {
  const prefix = deviceKey(environmentId, '')
  const values = [userKey(environmentId, userHash), prefix, decision, playerId]
  return (await answerOf(redis.eval(decideScript, 1, ...values))) === 1
}

/** The device that waits under a user code; undefined when none does. */
export async function findWaitingDevice(environmentId: string, redis: Redis, userHash: string) {
  const deviceHash = await answerOf(redis.get(userKey(environmentId, userHash)))
  if (deviceHash === null) return undefined
  const key = deviceKey(environmentId, deviceHash)
  const [name, expiresIn] = await answerOf(Promise.all([redis.hget(key, 'name'), redis.ttl(key)]))
  return expiresIn < 0 ? undefined : { name, expiresIn }
}
