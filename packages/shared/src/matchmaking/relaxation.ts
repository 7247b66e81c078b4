import { z } from 'zod'

const amount = z.number().min(0).max(1e9)
const afterSeconds = z.number().min(0).max(86_400)

const Step = z.strictObject({
  after_seconds: afterSeconds,
  value: amount.nullable().describe('null: no limit from then on'),
})

/** A limit that gives way while somebody waits: by steps, or steadily, or both. */
export const Limit = z
  .strictObject({
    value: amount.nullable().default(null).describe('null: no limit'),
    steps: z.array(Step).max(16).default([]),
    per_second: amount.default(0).describe('grows by so much with every second of waiting'),
    up_to: amount.nullable().default(null).describe('where the steady growth ends'),
  })
  .refine(({ value, steps }) => {
    let wider = value ?? Number.POSITIVE_INFINITY
    let later = -1
    return steps.every(step => {
      const isWider = (step.value ?? Number.POSITIVE_INFINITY) >= wider
      const isLater = step.after_seconds > later
      wider = step.value ?? Number.POSITIVE_INFINITY
      later = step.after_seconds
      return isWider && isLater
    })
  }, 'has steps that do not come later, or that narrow')
export type Limit = z.output<typeof Limit>

/** The limit after so many seconds of waiting; Infinity when there is none. */
export function limitAt({ value, steps, per_second, up_to }: Limit, seconds: number): number {
  let base = value
  for (const step of steps) if (seconds >= step.after_seconds) base = step.value
  if (base === null) return Number.POSITIVE_INFINITY
  const grown = base + per_second * Math.max(0, seconds)
  return up_to === null ? grown : Math.max(base, Math.min(grown, up_to))
}

/** In how many seconds the limit is wider than now; null when it never will be. */
export function widensIn(limit: Limit, seconds: number): number | null {
  const now = limitAt(limit, seconds)
  if (now === Number.POSITIVE_INFINITY) return null
  if (limit.per_second > 0 && limitAt(limit, seconds + 1) > now) return 1
  for (const { after_seconds } of limit.steps) {
    if (after_seconds > seconds && limitAt(limit, after_seconds) > now) {
      return after_seconds - seconds
    }
  }
  return null
}

/** When a rule that knows no degrees stops to count; null: never. */
export const OffAfter = afterSeconds.nullable().default(null)

/** In how many seconds such a rule is off; null when it stays, or is off already. */
export const offIn = (offAfter: number | null, seconds: number): number | null =>
  offAfter === null || offAfter <= seconds ? null : offAfter - seconds
