import { createHash, timingSafeEqual } from 'node:crypto'
import { Problem } from '@aethex/shared/errors'
import { mintNonce, redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { z } from 'zod'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { assertFreshProof, findPlayer, type SignedIn, signIn } from '../auth/service.js'
import { assertRedirectAllowed } from '../oauth/service.js'

const ttlSeconds = 60
const spaceOf = (environmentId: string) => `hand-over:${environmentId}`

const Handed = z.object({ playerId: z.string(), codeChallenge: z.string() })

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]):/

/**
 * After a sign-in on a hosted page: where to send the browser, so that the game gets a session of its own.
 * Throws `redirect_not_allowed`, `reauthentication_required`.
 */
export async function handOver(
  ctx: Ctx,
  input: { redirect_uri: string; code_challenge: string; state?: string | undefined },
) {
  const { environmentId, playerId } = playerOf(ctx)
  const mode = loopback.test(input.redirect_uri) ? 'loopback' : 'redirect'
  await assertRedirectAllowed(ctx, environmentId, mode, input.redirect_uri)
  await assertFreshProof(ctx)
  const code = mintNonce()
  const handed = { playerId, codeChallenge: input.code_challenge }
  await registerNonce(ctx.redis, spaceOf(environmentId), code, handed, ttlSeconds)
  const location = new URL(input.redirect_uri)
  location.searchParams.set('code', code)
  if (input.state !== undefined) location.searchParams.set('state', input.state)
  return { location: location.href }
}

/** The game's half: the code and the verifier that only it has. Throws `sign_in_code_invalid`. */
export async function takeOver(
  ctx: Ctx,
  input: { code: string; code_verifier: string },
): Promise<SignedIn> {
  const environmentId = environmentOf(ctx)
  const handed = Handed.optional().parse(
    await redeemNonce(ctx.redis, spaceOf(environmentId), input.code),
  )
  const given = createHash('sha256').update(input.code_verifier).digest()
  const kept = Buffer.from(handed?.codeChallenge ?? '', 'base64url')
  const fits = given.length === kept.length && timingSafeEqual(given, kept)
  const player =
    fits && handed ? await findPlayer(environmentId, ctx.db, handed.playerId) : undefined
  if (player === undefined) throw new Problem('sign_in_code_invalid')
  // The page has asked for the second factor when it signed the player in.
  const proof = { method: 'hosted', secondFactorAt: ctx.now() }
  return signIn(ctx, ctx.db, player, proof)
}
