import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import type { SignedIn } from '../auth/service.js'
import { enterAs } from './enter.js'
import type { ExternalAccount } from './external-account.js'
import { Outcome } from './flow.js'
import { takeStep } from './kept-steps.js'
import { fitsChallenge } from './pkce.js'

/**
 * Whom the code of a finished sign-in vouches for. Throws `sign_in_code_invalid` or the provider's refusal.
 * A code is worth one try.
 */
export async function accountOfCode(
  ctx: Ctx,
  code: string,
  verifier: string,
): Promise<ExternalAccount> {
  const outcome = await takeStep(ctx, 'oauth-code', code, Outcome)
  const isOurs =
    outcome !== undefined &&
    outcome.environmentId === environmentOf(ctx) &&
    fitsChallenge(outcome.codeChallenge, verifier)
  if (!isOurs) throw new Problem('sign_in_code_invalid')
  if (outcome.account === undefined) throw new Problem(outcome.refusal ?? 'provider_refused')
  return outcome.account
}

/** Trades the code of a finished sign-in. Throws as `accountOfCode`, or what keeps the player out: a ban, a second factor. */
export const tradeCode = async (ctx: Ctx, code: string, verifier: string): Promise<SignedIn> =>
  enterAs(ctx, await accountOfCode(ctx, code, verifier))
