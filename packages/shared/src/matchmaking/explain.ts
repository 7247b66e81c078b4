import { z } from 'zod'
import type { Candidate, CompiledQueue } from './rules.js'

/** Why a ticket waits: which rule keeps how many of the others away, and when it will keep away fewer. */
export const Explanation = z.object({
  waiting_seconds: z.number(),
  candidates: z.int().describe('who else waits in this queue, at most a thousand of them'),
  compatible: z.int().describe('of these, whom no rule keeps away'),
  estimated_seconds: z
    .number()
    .nullable()
    .describe('the median of those who were matched lately; null when nobody was'),
  rules: z.array(
    z.object({
      rule: z.string(),
      excludes: z.int(),
      limit: z.number().nullable(),
      widens_in_seconds: z.number().nullable(),
    }),
  ),
})
export type Explanation = z.output<typeof Explanation>

const tenth = (value: number) => Math.round(value * 10) / 10

/** Asks every rule about every other candidate, one by one. */
export function explain(
  compiled: CompiledQueue,
  own: Candidate,
  others: readonly Candidate[],
  estimatedSeconds: number | null,
): Explanation {
  const excluded = compiled.rules.map(() => 0)
  let [candidates, compatible] = [0, 0]
  for (const other of others) {
    if (other.ticket.ticketId === own.ticket.ticketId) continue
    candidates++
    const pair = [own, other]
    const seconds = compiled.secondsOf(pair)
    let isFine = true
    compiled.rules.forEach((rule, index) => {
      if (rule.allows(pair, seconds)) return
      isFine = false
      excluded[index] = (excluded[index] ?? 0) + 1
    })
    if (isFine) compatible++
  }
  return {
    waiting_seconds: tenth(own.waitedSeconds),
    candidates,
    compatible,
    estimated_seconds: estimatedSeconds,
    rules: compiled.rules.map((rule, index) => {
      const widens = rule.widensIn(own.waitedSeconds)
      return {
        rule: rule.name,
        excludes: excluded[index] ?? 0,
        limit: rule.limitAt(own.waitedSeconds),
        widens_in_seconds: widens === null ? null : tenth(widens),
      }
    }),
  }
}
