import { createHash } from 'node:crypto'
import { grace, type Standing, sampleOneIn } from '@aethex/shared/tiers'
import type { Parts } from '../../gateway/context.js'
import { upgradeUrl } from './players.js'
import { refusalOf } from './standing.js'

type Asking = Pick<Parts, 'usage' | 'db' | 'now' | 'publicUrl'>

/** Whether the events of this player are among those that are still taken when not all are. */
export function isSampled(playerId: string): boolean {
  const [first = 0, second = 0] = createHash('sha256').update(playerId).digest()
  return (first * 256 + second) % sampleOneIn === 0
}

function refusalOfEvents(parts: Asking, standing: Standing, playerId: string | undefined) {
  const facts = { now: parts.now(), upgradeUrl: upgradeUrl(parts) }
  const sampledOut = playerId !== undefined && !isSampled(playerId)
  return (
    refusalOf(standing, 'analytics_ingest', facts) ??
    (sampledOut ? refusalOf(standing, 'advanced_analytics', facts) : undefined)
  )
}

/**
 * Whether an environment may send events now. Throws `usage_limit_reached` or `spend_cap_reached`.
 * @param playerId whose events; undefined for those of a studio's server, which are not sampled
 * @returns the warning that the answer carries when the limit is near
 */
export async function admitEvents(
  parts: Asking,
  environmentId: string,
  playerId: string | undefined,
): Promise<string | undefined> {
  const standing = await parts.usage.standing(environmentId, parts.db)
  const refusal = refusalOfEvents(parts, standing, playerId)
  if (refusal !== undefined) throw refusal
  const { used, agreement } = standing
  return usageWarning('analytics_events', used.analytics_events, agreement.limits.analytics_events)
}

/** Counts what analytics has accepted. */
export function countEvents({ usage }: Pick<Parts, 'usage'>, environmentId: string, count: number) {
  usage.count(environmentId, 'analytics_events', count)
  usage.watch(environmentId)
}

/** Whether the content network may deliver for an environment. Throws as above. */
export async function admitDelivery(parts: Asking, environmentId: string): Promise<void> {
  const standing = await parts.usage.standing(environmentId, parts.db)
  const refusal = refusalOf(standing, 'cdn', { now: parts.now(), upgradeUrl: upgradeUrl(parts) })
  if (refusal !== undefined) throw refusal
}

/** Counts bytes that the content network has delivered. */
export function countDelivery(
  { usage }: Pick<Parts, 'usage'>,
  environmentId: string,
  bytes: number,
) {
  usage.count(environmentId, 'cdn_bytes', bytes)
  usage.watch(environmentId)
}

/** The header that an answer near a limit carries; clients and studios may watch it. */
export const usageWarningHeader = 'x-usage-warning'

/** What that header says: `"analytics_events";used=80;allowed=100`; undefined as long as there is room. */
export function usageWarning(limit: string, used: number, allowed: number | null) {
  const [first] = grace.warnings_percent
  if (allowed === null || used === 0 || used * 100 < allowed * first) return undefined
  return `"${limit}";used=${used};allowed=${allowed}`
}
