import { type Month, type TierName, tiers } from '@aethex/shared/tiers'

/** What was agreed from a moment on. */
export interface Agreed {
  at: Date
  tier: TierName
  priceMinor: number | null
  /** Whether the tier's price is on our invoice; a payment provider bills it by itself. */
  isOurs: boolean
}

export interface Span extends Agreed {
  from: Date
  until: Date
}

/** What a contract costs, and from when until when it holds. */
export interface ContractTime {
  priceMinor: number | null
  from: Date
  until: Date | null
  writtenAt: Date
}

/**
 * Adds the days on which a contract began or ended by itself: nobody agreed on anything then, and yet the price is
 * another. What held when it was written stands in the agreements already. Of several contracts the last one holds.
 */
export function withContracts(
  agreed: readonly Agreed[],
  contracts: readonly ContractTime[],
): Agreed[] {
  const priceAt = (at: Date, tier: TierName) => {
    const holding = contracts.filter(
      ({ from, until }) => from <= at && (until === null || until > at),
    )
    return holding.at(-1)?.priceMinor ?? tiers[tier].price_minor
  }
  const turns = contracts.flatMap(({ from, until, writtenAt }) =>
    [from, until].filter(at => at !== null).filter(at => at > writtenAt),
  )
  const added = turns.flatMap(at => {
    const before = agreed.filter(one => one.at <= at).at(-1)
    return before === undefined ? [] : [{ ...before, at, priceMinor: priceAt(at, before.tier) }]
  })
  return [...agreed, ...added].sort((a, b) => a.at.getTime() - b.at.getTime())
}

/** The parts of a month in which one agreement held, in their order; before the first one there was none. */
export function spansOf(agreed: readonly Agreed[], month: Month): Span[] {
  return agreed.flatMap((one, index) => {
    const next = agreed[index + 1]?.at ?? month.until
    const from = new Date(Math.max(one.at.getTime(), month.from.getTime()))
    const until = new Date(Math.min(next.getTime(), month.until.getTime()))
    return from < until ? [{ ...one, from, until }] : []
  })
}

/** What the tiers of a month cost: each its price for its part of the month, cents rounded down. */
export function basePrice(spans: readonly Span[], month: Month): number {
  const lasting = (from: Date, until: Date) => BigInt(until.getTime() - from.getTime())
  const parts = spans
    .filter(span => span.isOurs)
    .map(({ from, until, priceMinor }) => lasting(from, until) * BigInt(priceMinor ?? 0))
  return Number(parts.reduce((sum, part) => sum + part, 0n) / lasting(month.from, month.until))
}

/** The highest spend cap that held in a month; null when none did. */
export function highestCap(
  caps: readonly { at: Date; capMinor: number | null }[],
  month: Month,
): number | null {
  const before = caps.filter(({ at }) => at <= month.from).at(-1)
  const within = caps.filter(({ at }) => at > month.from && at < month.until)
  return [before, ...within]
    .map(cap => cap?.capMinor ?? null)
    .reduce<number | null>((most, cap) => (cap === null ? most : Math.max(most ?? 0, cap)), null)
}
