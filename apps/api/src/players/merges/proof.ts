import { Problem } from '@aethex/shared/errors'
import { mintNonce, redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'

/** Both accounts were proven to be of one person: what a merge token stands for. */
const Proven = z.object({ mine: z.string(), theirs: z.string(), proved_at: z.iso.datetime() })

const ttlSeconds = 600
const spaceOf = (environmentId: string) => `merge:${environmentId}`

/** A token for the merge of the caller's account with one that the caller has just proven, too. */
export async function mintMergeToken(ctx: Ctx, theirs: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const token = mintNonce()
  const proven = { mine: playerId, theirs, proved_at: ctx.now().toISOString() }
  await registerNonce(ctx.redis, spaceOf(environmentId), token, proven, ttlSeconds)
  return { merge_token: token, expires_in: ttlSeconds }
}

/** The other account of a token that was made for the caller, and when it was proven; a token works once. Throws `merge_token_invalid`. */
export async function takeMergeToken(ctx: Ctx, token: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const proven = Proven.optional().parse(
    await redeemNonce(ctx.redis, spaceOf(environmentId), token),
  )
  if (proven?.mine !== playerId) throw new Problem('merge_token_invalid')
  return { theirs: proven.theirs, provedAt: new Date(proven.proved_at) }
}
