import { Problem } from '@aethex/shared/errors'
import { mintNonce, redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { z } from 'zod'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import {
  assertFreshProof,
  assertPlayerSession,
  findPlayer,
  type SignedIn,
  signIn,
} from '../auth/service.js'
import { assertRedirectAllowed, fitsChallenge } from '../oauth/service.js'

const ttlSeconds = 60
const spaceOf = (environmentId: string) => `hand-over:${environmentId}`

const Handed = z.object({
  playerId: z.string(),
  sessionId: z.string(),
  codeChallenge: z.string(),
  provedAt: z.iso.datetime(),
  secondFactorAt: z.iso.datetime().nullable(),
})

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]):/

/**
 * After a sign-in on a hosted page: where to send the browser, so that the game gets a session of its own.
 * Throws `redirect_not_allowed`, `reauthentication_required`.
 */
export async function handOver(
  ctx: Ctx,
  input: { redirect_uri: string; code_challenge: string; state?: string | undefined },
) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  const mode = loopback.test(input.redirect_uri) ? 'loopback' : 'redirect'
  await assertRedirectAllowed(ctx, environmentId, mode, input.redirect_uri)
  const { proved_at, second_factor_at } = await assertFreshProof(ctx)
  const code = mintNonce()
  const handed = {
    playerId,
    sessionId,
    codeChallenge: input.code_challenge,
    provedAt: proved_at.toISOString(),
    secondFactorAt: second_factor_at?.toISOString() ?? null,
  }
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
  const isOurs = handed !== undefined && fitsChallenge(handed.codeChallenge, input.code_verifier)
  const player = isOurs && (await findPlayer(environmentId, ctx.db, handed.playerId))
  if (!player) throw new Problem('sign_in_code_invalid')
  // The game's session is worth what the page's is, and there is none when that has ended.
  await assertPlayerSession(ctx, environmentId, handed.sessionId)
  const proof = {
    method: 'hosted',
    provedAt: new Date(handed.provedAt),
    ...(handed.secondFactorAt === null ? {} : { secondFactorAt: new Date(handed.secondFactorAt) }),
  }
  return signIn(ctx, ctx.db, player, proof)
}
