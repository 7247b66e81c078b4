import { codeOf } from '@aethex/shared/testing'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { type Caller, inParallel, tally } from '../../testing/caller.js'
import { payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import { createRequestRate } from './request-rate.js'

const stack = inject('stack')
const stored = openStored(stack)
afterAll(() => stored.close())

const ask = (server: Caller) => server('GET', '/leaderboards/none?range=global')

const percentile = (times: number[], share: number) =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length * share)] ?? 0

describe('a noisy neighbour', () => {
  test('D15: an environment at ten times its rate gets 429, and another one none, at the speed it had', async () => {
    const limits = { requests_per_second: 10 }
    const noisy = await payingStudio(stack, stored, { terms: { overrides: { limits } } })
    const quiet = await payingStudio(stack, stored)
    await ask(noisy.server)
    const watch = async () => {
      const times: number[] = []
      for (let turn = 0; turn < 60; turn++) {
        const startedAt = performance.now()
        const { status } = await ask(quiet.server)
        expect(status).toBe(404)
        times.push(performance.now() - startedAt)
      }
      return percentile(times, 0.9)
    }
    const alone = await watch()
    // 1,200 requests where 200 may come at once and ten in a second.
    const storm = (async () => {
      const answers = []
      for (let wave = 0; wave < 60; wave++) {
        answers.push(...(await inParallel(20, () => ask(noisy.server))))
      }
      return answers
    })()
    const beside = await watch()
    const answers = await storm
    const counts = tally(answers)
    expect(counts[429]).toBeGreaterThan(700)
    expect(counts[404]).toBeLessThan(500)
    const refused = answers.find(answer => answer.status === 429)
    expect(refused && codeOf(refused)).toBe('rate_limited')
    expect(refused?.headers.get('retry-after')).toBe('1')
    expect(refused?.headers.get('ratelimit-policy')).toBe('"environment";q=200;w=20')
    // Both share one machine with the storm's own sender, so this only says that nobody waits in a line.
    expect(beside).toBeLessThan(alone * 10 + 100)
  })
})

describe('a bucket', () => {
  const at = { now: 0 }
  const bucketOf = async (perSecond: number | null) => {
    at.now = 0
    const take = createRequestRate(
      async () => perSecond,
      () => at.now,
    )
    take('one')
    await new Promise(setImmediate)
    return (count: number, environment = 'one') => {
      let taken = 0
      for (let turn = 0; turn < count; turn++) {
        try {
          take(environment)
          taken++
        } catch {
          // Refused.
        }
      }
      return taken
    }
  }

  test('lets twenty seconds’ worth through at once, then its rate', async () => {
    const take = await bucketOf(5)
    expect(take(500)).toBe(100)
    at.now = 2_000
    expect(take(500)).toBe(10)
    at.now = 3_600_000
    expect(take(500)).toBe(100)
  })

  test('of another environment is another one, and of one without a limit is bottomless', async () => {
    const take = await bucketOf(5)
    take(500)
    expect(take(10, 'other')).toBe(10)
    const free = await bucketOf(null)
    expect(free(100_000)).toBe(100_000)
  })
})
