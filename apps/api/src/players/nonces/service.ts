import { createHash } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import { Problem } from '@aethex/shared/errors'
import { redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'

const spaceOf = (ctx: Ctx) => `studio:${environmentOf(ctx)}`

/** A nonce opens something, so the log has only its hash. */
const writeDown = (ctx: Ctx, action: string, nonce: string) =>
  audit(ctx.db, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    action,
    target: createHash('sha256').update(nonce).digest('hex'),
    requestId: ctx.requestId,
  })

/** Keeps a payload under a nonce of the studio's own choice. Throws `nonce_taken`. */
export async function keepNonce(
  ctx: Ctx,
  input: { nonce: string; payload: unknown; ttl_seconds: number },
) {
  const { nonce, payload, ttl_seconds: seconds } = input
  const isNew = await registerNonce(ctx.redis, spaceOf(ctx), nonce, { payload }, seconds)
  if (!isNew) throw new Problem('nonce_taken')
  await writeDown(ctx, 'nonces.register', nonce)
  return { nonce, expires_in: seconds }
}

/** Hands the payload out once; every later caller gets `not_found`. */
export async function takeNonce(ctx: Ctx, nonce: string) {
  const kept = await redeemNonce(ctx.redis, spaceOf(ctx), nonce)
  if (kept === undefined) throw new Problem('not_found')
  await writeDown(ctx, 'nonces.redeem', nonce)
  return kept
}
