import { type Ctx, playerOf } from '../../gateway/context.js'
import { type Purpose, purposes } from './schema.js'
import { findGranted, storeDecision } from './store.js'

/** The purposes a player has agreed to. */
export { findGranted as grantedPurposes } from './store.js'

export async function getConsents(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const granted = await findGranted(environmentId, ctx.db, playerId)
  const has = (purpose: Purpose) => granted.includes(purpose)
  return {
    consents: {
      analytics: has('analytics'),
      marketing: has('marketing'),
      voice: has('voice'),
      third_parties: has('third_parties'),
    },
  }
}

/** Records the player's decisions; purposes that are not named stay as they are. */
export async function setConsents(ctx: Ctx, change: { [P in Purpose]?: boolean | undefined }) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.db.transaction(async tx => {
    for (const purpose of purposes) {
      const decision = change[purpose]
      if (decision !== undefined)
        await storeDecision(environmentId, tx, playerId, purpose, decision)
    }
  })
  return getConsents(ctx)
}
