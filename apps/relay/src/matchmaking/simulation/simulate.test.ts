import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { declare } from '../../testing/seekers.js'
import { makeCrowd } from './crowd.js'
import { tableOf } from './report.js'
import { simulate } from './simulate.js'

const roles = [
  { name: 'healer', min: 1, max: 1 },
  { name: 'fighter', max: 2 },
]
const rules = (most: number, perSecond: number) =>
  declare({
    teams: [
      { name: 'red', size: 3, roles },
      { name: 'blue', size: 3, roles },
    ],
    skill: { attribute: 'skill', max_distance: { value: most, per_second: perSecond } },
    rules: [{ type: 'equal', attribute: 'mode', off_after_seconds: 30 }],
    regions: {
      list: [{ name: 'eu' }, { name: 'us' }],
      max_latency_ms: { value: 80, steps: [{ after_seconds: 20, value: 160 }] },
    },
    parties: { max_size: 3 },
  })
const strict = rules(100, 5)
const loose = rules(400, 50)
const crowd = { seed: 11, tickets: 10_000, overSeconds: 600, impatient: 0.05 }

test('shows quality and waiting of 10,000 tickets, the same for the same seed', {
  timeout: 120_000,
}, () => {
  const events = makeCrowd(strict, crowd)
  const begun = performance.now()
  const report = simulate(strict, events, { seed: 1 })
  console.info(`${tableOf(report)}\n(${Math.round(performance.now() - begun)} ms)`)
  expect(report.tickets).toBe(10_000)
  expect(report.matched + report.left + report.timed_out).toBe(10_000)
  expect(report.matched).toBeGreaterThan(9_000)
  expect(report.waited.reduce((sum, { tickets }) => sum + tickets, 0)).toBe(report.matched)
  expect(report.players_per_match).toBe(6)
  const few = events.slice(0, 1_000)
  expect(simulate(strict, few, { seed: 1 })).toEqual(simulate(strict, few, { seed: 1 }))
})

test('tells apart what rules do: loose ones wait less and match worse', { timeout: 60_000 }, () => {
  const events = makeCrowd(strict, { ...crowd, tickets: 2_000, overSeconds: 240 })
  const [tight, wide] = [strict, loose].map(queue => simulate(queue, events, { seed: 1 }))
  expect(wide?.waiting_seconds.mean).toBeLessThan(tight?.waiting_seconds.mean ?? 0)
  expect(wide?.skill_spread.p90).toBeGreaterThan(tight?.skill_spread.p90 ?? 0)
})

test('makes the same crowd of the same seed, and another one of another', () => {
  const some = { ...crowd, tickets: 50 }
  expect(makeCrowd(strict, some)).toEqual(makeCrowd(strict, some))
  expect(makeCrowd(strict, { ...some, seed: 12 })).not.toEqual(makeCrowd(strict, some))
  const events = makeCrowd(strict, some)
  const jittered = (seed: number) => simulate(strict, events, { seed, jitterMs: 20_000, load: 1.5 })
  expect(jittered(1)).toEqual(jittered(1))
  expect(jittered(2)).not.toEqual(jittered(1))
})

test('runs from a terminal over a recording, with the rules of the setting', {
  timeout: 30_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'simulation-'))
  const [rulesFile, recording] = [
    path.join(folder, 'queues.json'),
    path.join(folder, 'events.ndjson'),
  ]
  writeFileSync(rulesFile, JSON.stringify({ queues: [strict] }))
  const events = makeCrowd(strict, { ...crowd, tickets: 200, overSeconds: 20 })
  writeFileSync(recording, events.map(event => `${JSON.stringify(event)}\n`).join(''))
  const program = fileURLToPath(new URL('./main.ts', import.meta.url))
  const given = ['--rules', rulesFile, '--queue', 'ranked', '--recording', recording, '--json']
  const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', program, ...given])
  const { stdout } = await run()
  expect(JSON.parse(stdout)).toEqual(simulate(strict, events, { seed: 1, load: 1, jitterMs: 0 }))
})
