import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Arena, openArena } from './arena.js'
import { runCampaign, type SeedResult } from './campaign.js'
import { saveMutants } from './mutants.js'
import { mutatedBundle } from './mutated-bundle.js'
import { explain, tableOf } from './report.js'

/**
 * FAULTS N1, N2, N4, N10 and N11 for cloud saves: three devices of each player through the real SDK, with lost, late,
 * doubled and cut requests, a store that fails and lies, a database that refuses and breaks off, and kill -9 of APIs,
 * PostgreSQL and the store. Then every answer is held against what is there.
 */

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

let arena: Arena
let results: SeedResult[]

beforeAll(async () => {
  arena = await openArena()
  results = await runCampaign(arena, { seeds, atOnce: 10, callsPerDevice: 12 })
  console.log(tableOf(results))
}, 240_000)
afterAll(() => arena.close())

test.each(seeds)(
  'F2, F4, F13: the history of seed %i is linearizable, each operation once, its bytes whole',
  seed => {
    const result = results.find(each => each.seed === seed)
    if (result === undefined) throw new Error('the seed was not run')
    expect(result.violations, explain(result)).toEqual([])
  },
)

test('the histories have met what they are about', () => {
  const operations = results.flatMap(result => result.operations)
  const met = (outcome: string) => operations.filter(each => each.outcome === outcome).length
  expect(met('ok')).toBeGreaterThan(300)
  expect(met('refused')).toBeGreaterThan(30)
  expect(met('unknown')).toBeGreaterThan(10)
  const faults = new Set(results.flatMap(result => [...result.faults.keys()]))
  for (const name of ['device: answer lost', 'device: late', 'device: twice', 'S3: answer lost']) {
    expect(faults).toContain(name)
  }
  for (const part of ['api', 'postgres', 's3']) expect(faults).toContain(`kill -9 ${part}`)
})

const hunted = 6
const mostHunts = 5

// Whether a race is lost is up to the machine: the hunt goes on, with other seeds, until one is.
test.each(saveMutants)('the checker catches: $name', async ({ changes, breaks }) => {
  const { bundle, remove } = await mutatedBundle(changes)
  try {
    await arena.changeApis(bundle)
    const broken: string[] = []
    for (let hunt = 1; hunt <= mostHunts && !broken.some(rule => breaks.includes(rule)); hunt++) {
      const named = Array.from({ length: hunted }, (_, index) => hunt * 100 + index)
      const hunting = { seeds: named, atOnce: hunted, callsPerDevice: 15, kills: false }
      const found = await runCampaign(arena, hunting)
      broken.push(...found.flatMap(({ violations }) => violations.map(({ rule }) => rule)))
    }
    expect(broken.filter(rule => breaks.includes(rule)).length, String(broken)).toBeGreaterThan(0)
  } finally {
    remove()
  }
})
