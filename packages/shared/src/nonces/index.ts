import { createHash, randomBytes } from 'node:crypto'
import { answerOf, type Redis } from '../redis/index.js'

/** A fresh secret of 192 bits that fits a URL. */
export const mintNonce = () => randomBytes(24).toString('base64url')

// Redis keeps the hash only: whoever reads its memory or its log cannot redeem.
const keyOf = (space: string, nonce: string) =>
  `nonce:${space}:${createHash('sha256').update(nonce).digest('base64url')}`

/** Stores `payload` under a nonce for `ttlSeconds`. False when that nonce is already registered. */
export async function registerNonce(
  redis: Redis,
  space: string,
  nonce: string,
  payload: unknown,
  ttlSeconds: number,
): Promise<boolean> {
  const stored = await answerOf(
    redis.set(keyOf(space, nonce), JSON.stringify(payload), 'EX', ttlSeconds, 'NX'),
  )
  return stored === 'OK'
}

/** Takes the payload out: of any number of concurrent callers exactly one gets it. */
export async function redeemNonce(redis: Redis, space: string, nonce: string): Promise<unknown> {
  const payload = await answerOf(redis.getdel(keyOf(space, nonce)))
  return payload === null ? undefined : JSON.parse(payload)
}
