import { Problem } from '@aethex/shared/errors'
import { redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { type Ctx, environmentOf } from '../../gateway/context.js'

const spaceOf = (ctx: Ctx) => `studio:${environmentOf(ctx)}`

/** Keeps a payload under a nonce of the studio's own choice. Throws `nonce_taken`. */
export async function keepNonce(
  ctx: Ctx,
  input: { nonce: string; payload: unknown; ttl_seconds: number },
) {
  const { nonce, payload, ttl_seconds: seconds } = input
  const isNew = await registerNonce(ctx.redis, spaceOf(ctx), nonce, { payload }, seconds)
  if (!isNew) throw new Problem('nonce_taken')
  return { nonce, expires_in: seconds }
}

/** Hands the payload out once; every later caller gets `not_found`. */
export async function takeNonce(ctx: Ctx, nonce: string) {
  const kept = await redeemNonce(ctx.redis, spaceOf(ctx), nonce)
  if (kept === undefined) throw new Problem('not_found')
  return kept
}
