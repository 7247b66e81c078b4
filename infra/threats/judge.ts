import { createRequire } from 'node:module'
import { z } from 'zod'

// The checker as one script, without a worker or a second program.
const checker: Pick<typeof import('recheck'), 'checkSync'> = createRequire(import.meta.url)(
  'recheck/lib/browser.js',
)

const Verdict = z.object({
  status: z.enum(['safe', 'vulnerable', 'unknown']),
  attack: z.object({ string: z.string() }).optional(),
})
export type Verdict = z.infer<typeof Verdict>

/** Whether a pattern backtracks is a matter of its shape: counts of hundreds only make the judgement slow. */
const withSmallCounts = (source: string) =>
  source.replace(/\{(\d+)(?:,(\d+))?\}/g, (_, least: string, most: string | undefined) => {
    const from = Math.min(Number(least), 4)
    return most === undefined ? `{${from}}` : `{${from},${Math.min(Number(most), 6)}}`
  })

/** The search for a text that keeps a pattern busy counts steps: by the clock a busy machine would find one that is none. */
const bySteps = {
  attackLimit: 2_000_000,
  attackTimeout: null,
  incubationTimeout: null,
  seedingTimeout: null,
}

/**
 * Judges a pattern: `safe` is linear in the length of the text; `vulnerable` comes with a text that shows it.
 * `unknown` after a minute: the longest take a few seconds of a processor, which a busy machine makes many.
 */
export function judge({ source, flags }: { source: string; flags: string }): Verdict {
  const options = { ...bySteps, timeout: 60_000, randomSeed: 1 }
  return Verdict.parse(checker.checkSync(withSmallCounts(source), flags, options))
}
