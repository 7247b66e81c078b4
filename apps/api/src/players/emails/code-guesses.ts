import { Problem } from '@aethex/shared/errors'
import { addressClaims, type Budget } from '@aethex/shared/limits'
import type { Ctx } from '../../gateway/context.js'

// Nobody guesses 192 bits; this keeps a script from trying. A right code gives its unit back.
const perAddress: Budget = {
  name: 'wrong-codes',
  quota: 300,
  windowSeconds: 600,
  whenBlind: 'refuse',
}

/** Runs what takes a code, and counts the caller's wrong ones. Throws `rate_limited` when there were too many. */
export async function countingWrongCodes<T>(ctx: Ctx, attempt: () => Promise<T>): Promise<T> {
  const claims = addressClaims(perAddress, ctx.address)
  await ctx.limits.takeAll(claims)
  const giveBack = async () => {
    for (const [budget, subject] of claims) {
      await ctx.limits.count(budget, subject, -1).catch(() => undefined)
    }
  }
  try {
    const answer = await attempt()
    await giveBack()
    return answer
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'code_invalid')) await giveBack()
    throw error
  }
}
