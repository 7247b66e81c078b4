import { Problem } from '@aethex/shared/errors'
import { grace } from '@aethex/shared/tiers'
import type { Parts } from '../../gateway/context.js'
import { entitlementsOfEnvironment } from './entitlements.js'
import { usageWarning } from './events.js'
import { upgradeUrl } from './players.js'

const limit = 'save_bytes_per_player'

/** The refusal of a save that would let the saves of its player grow beyond their limit. Other writes go on. */
export async function saveLimitReached(
  parts: Pick<Parts, 'db' | 'now' | 'publicUrl'>,
  environmentId: string,
  used: number,
): Promise<Problem> {
  const { tier, limits } = await entitlementsOfEnvironment(environmentId, parts.db, parts.now())
  return new Problem('usage_limit_reached', {
    detail: `The saves of this player take ${used} bytes of ${limits[limit]}: smaller ones are taken, larger ones are not.`,
    extensions: {
      limit,
      used,
      allowed: limits[limit],
      tier,
      resets_at: null,
      upgrade_url: upgradeUrl(parts),
    },
  })
}

/**
 * The warning for an answer when the saves of a player come near to their limit; the organisation is told beside it,
 * once a month and step for all its players.
 */
export function tellOfSaves(
  { usage }: Pick<Parts, 'usage'>,
  environmentId: string,
  used: number,
  allowed: number | null,
): string | undefined {
  if (allowed === null) return undefined
  const reached = grace.warnings_percent.filter(percent => used * 100 >= allowed * percent)
  for (const percent of used > 0 ? reached : []) {
    usage.tellLater(environmentId, { meter: limit, percent, used, allowed })
  }
  return usageWarning(limit, used, allowed)
}
