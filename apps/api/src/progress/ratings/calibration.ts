import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { countResults, sumPredictions } from './result-store.js'
import { getRules } from './rules.js'

const dayMs = 86_400_000
const usualDays = 30
const mostDays = 92
const bucketCount = 10

interface Asked {
  from?: string | undefined
  to?: string | undefined
}

function periodOf(now: Date, asked: Asked): { from: Date; to: Date } {
  const to = asked.to === undefined ? now : new Date(asked.to)
  const from =
    asked.from === undefined ? new Date(to.getTime() - usualDays * dayMs) : new Date(asked.from)
  const days = (to.getTime() - from.getTime()) / dayMs
  if (days > 0 && days <= mostDays) return { from, to }
  const reason = `is not before query/to, or more than ${mostDays} days before it`
  throw new Problem('invalid_request', {
    detail: `query/from ${reason}`,
    errors: [{ pointer: 'query/from', reason }],
  })
}

const boundOf = (index: number) => 0.5 + (0.5 * index) / bucketCount

/** How true what was predicted before each match has turned out: whether favourites of 70 % win 70 of 100. */
export async function readCalibration(ctx: Ctx, rating: string, asked: Asked) {
  const environmentId = environmentOf(ctx)
  const { system } = await getRules(environmentId, ctx.db, rating)
  const period = periodOf(ctx.now(), asked)
  const { db } = ctx
  const sums = await sumPredictions(environmentId, db, rating, system, period, bucketCount)
  const matches = await countResults(environmentId, db, rating, system, period)
  const total = (of: (sum: (typeof sums)[number]) => number) =>
    sums.reduce((all, sum) => all + of(sum), 0)
  const predictions = total(sum => sum.predictions)
  const mean = (sum: number) => (predictions === 0 ? null : sum / predictions)
  const byBucket = new Map(sums.map(sum => [sum.bucket, sum]))
  return {
    calibration: {
      rating,
      system,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      matches,
      predictions,
      brier_score: mean(total(sum => sum.squares)),
      log_loss: mean(total(sum => sum.logs)),
      calibration_error: mean(total(sum => Math.abs(sum.predicted - sum.observed))),
      buckets: Array.from({ length: bucketCount }, (_, index) => {
        const sum = byBucket.get(index + 1)
        return {
          from: boundOf(index),
          to: boundOf(index + 1),
          predictions: sum?.predictions ?? 0,
          predicted: sum === undefined ? null : sum.predicted / sum.predictions,
          observed: sum === undefined ? null : sum.observed / sum.predictions,
        }
      }),
    },
  }
}
