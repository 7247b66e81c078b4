import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { makePlayer, type SignedIn, signIn } from '../auth/service.js'
import { addIdentity, findPlayerByIdentity } from '../identities/service.js'
import type { ExternalAccount } from './external-account.js'

const attempts = 3

/**
 * Signs in the player of an account elsewhere, making one at the first visit. Nobody is ever found by an e-mail:
 * whoever registered with it here may be somebody else.
 */
export async function enterAs(ctx: Ctx, account: ExternalAccount): Promise<SignedIn> {
  const environmentId = environmentOf(ctx)
  const identity = { provider: account.provider, subject: account.subject }
  for (let left = attempts; left > 0; left--) {
    const player =
      (await findPlayerByIdentity(environmentId, ctx.db, identity)) ??
      (await makePlayer(ctx, environmentId, account, (tx, playerId) =>
        addIdentity(environmentId, tx, playerId, { ...identity, displayName: account.name }),
      ))
    // Undefined when another request of the same account was faster: it is found in the next round.
    if (player !== undefined) return signIn(ctx, ctx.db, player, { method: account.provider })
  }
  throw new Problem('busy')
}
