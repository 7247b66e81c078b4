import type { Month } from '@aethex/shared/tiers'

const dayMs = 86_400_000

const monthAt = (year: number, index: number): Month => {
  const from = new Date(Date.UTC(year, index, 1))
  return {
    key: from.toISOString().slice(0, 7),
    from,
    until: new Date(Date.UTC(year, index + 1, 1)),
  }
}

export const monthOf = (at: Date): Month => monthAt(at.getUTCFullYear(), at.getUTCMonth())

export const monthBefore = ({ from }: Month): Month => monthOf(new Date(from.getTime() - 1))

/** From its key; the schema has checked that it is one. */
export function monthNamed(key: string): Month {
  const [year = '', index = ''] = key.split('-')
  return monthAt(Number(year), Number(index) - 1)
}

/** `2026-11-21` */
export const dayOf = (at: Date) => at.toISOString().slice(0, 10)

/** Every day of a month that has begun by `now`, by name. */
export function daysOf({ from, until }: Month, now: Date): string[] {
  const days: string[] = []
  for (let at = from.getTime(); at < until.getTime() && at <= now.getTime(); at += dayMs) {
    days.push(dayOf(new Date(at)))
  }
  return days
}
