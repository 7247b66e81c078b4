import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../errors/index.js'
import { answerOf, type Redis } from '../redis/index.js'

/** A sign-in whose first factor was right, waiting for its second. */
const Pending = z.object({
  account_id: z.string(),
  /** What the first factor was: `password`, `google`, `passkey` … */
  method: z.string(),
  expires_at: z.number(),
})
type Pending = z.infer<typeof Pending>

/** What a second factor can be, as clients are told. */
export const factorKinds = ['totp', 'recovery_code', 'passkey'] as const
export type FactorKind = (typeof factorKinds)[number]

const ttlSeconds = 300

// As many as an account may guess in a while: whoever needs more must show the first factor again.
const tries = 5

// Redis keeps the hash only: whoever reads its memory or its log cannot go on with the sign-in.
const keyOf = (realm: string, token: string) =>
  `mfa:${realm}:${createHash('sha256').update(token).digest('base64url')}`

const openScript = `
redis.call('HSET', KEYS[1], 'pending', ARGV[1], 'tries', 0)
return redis.call('EXPIRE', KEYS[1], ARGV[2])`

// Counting and judging in one step: parallel guesses cannot share a try.
const tryScript = `
local pending = redis.call('HGET', KEYS[1], 'pending')
if not pending then return false end
if redis.call('HINCRBY', KEYS[1], 'tries', 1) > tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1])
  return false
end
return pending`

/**
 * Keeps a sign-in for five minutes and answers its `mfa_token`. `realm` is the environment, or `studio`: a token is
 * worth nothing in another.
 */
export async function openPending(
  redis: Redis,
  realm: string,
  account: { accountId: string; method: string },
  now: Date,
): Promise<string> {
  const token = `mfa_${randomBytes(32).toString('base64url')}`
  const pending: Pending = {
    account_id: account.accountId,
    method: account.method,
    expires_at: now.getTime() + ttlSeconds * 1_000,
  }
  const key = keyOf(realm, token)
  await answerOf(redis.eval(openScript, 1, key, JSON.stringify(pending), ttlSeconds))
  return token
}

/** Looks at the sign-in, which costs one of its five tries. Throws `mfa_token_invalid`. */
export async function tryPending(redis: Redis, realm: string, token: string, now: Date) {
  const answer = await answerOf(redis.eval(tryScript, 1, keyOf(realm, token), tries))
  const pending = typeof answer === 'string' ? Pending.parse(JSON.parse(answer)) : undefined
  if (pending === undefined || pending.expires_at <= now.getTime()) {
    throw new Problem('mfa_token_invalid')
  }
  const openedAt = new Date(pending.expires_at - ttlSeconds * 1_000)
  return { accountId: pending.account_id, method: pending.method, openedAt }
}

/** Ends the sign-in. Of any number at once one goes on; the others throw `mfa_token_invalid`. */
export async function closePending(redis: Redis, realm: string, token: string): Promise<void> {
  if ((await answerOf(redis.del(keyOf(realm, token)))) !== 1) throw new Problem('mfa_token_invalid')
}
