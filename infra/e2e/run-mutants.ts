import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { startVitest } from 'vitest/node'
import { freePort } from '../../apps/api/src/testing/free-port.js'
import { checkout, inCheckout } from '../local/checkout.js'
import { type Mutant, mutants } from '../threats/mutants.js'
import { startTestStack } from './test-stack.js'

// Switches one guard off after the other and runs the test that must notice. Words after the command choose guards.
// The change is made while the source is loaded: no file is touched.

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Throws when the guard does not stand in its file exactly once. */
function assertThere({ file, guarded, guard }: Mutant): void {
  const found = readFileSync(inCheckout(file), 'utf8').split(guarded).length - 1
  if (found !== 1) throw new Error(`${guard}: ${file} has its line ${found} times`)
}

interface Outcome {
  passed: number
  failed: number
}

/** Runs the test of a mutant, with its guard off or, to know that the test itself is sound, on. */
async function runTest(mutant: Mutant, stack: SharedStack, isOff: boolean): Promise<Outcome> {
  const api_url = `http://127.0.0.1:${await freePort()}`
  const target = inCheckout(mutant.file)
  const vitest = await startVitest(
    'test',
    [mutant.test],
    {
      config: false,
      root: checkout,
      watch: false,
      include: [mutant.test],
      testNamePattern: new RegExp(literally(mutant.title)),
      setupFiles: [inCheckout('infra', 'e2e', 'mutated-api.ts')],
      provide: { stack: { ...stack, api_url } },
      reporters: [{}],
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
    {
      plugins: [
        {
          name: 'switch-a-guard-off',
          enforce: 'pre',
          transform: (code, id) =>
            isOff && id.split('?')[0] === target
              ? code.replace(mutant.guarded, () => mutant.open)
              : undefined,
        },
      ],
    },
  )
  const tests = vitest.state
    .getTestModules()
    .flatMap(module => [...module.children.allTests()])
    .map(test => test.result().state)
  await vitest.close()
  // A failed test is what is wanted here, not a failure of this program.
  process.exitCode = 0
  const count = (state: string) => tests.filter(each => each === state).length
  return { passed: count('passed'), failed: count('failed') }
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = mutants.filter(
    ({ guard }) => words.length === 0 || words.some(word => guard.includes(word)),
  )
  chosen.forEach(assertThere)
  const stack = await startTestStack({
    dataDir: mkdtempSync(path.join(tmpdir(), 'aethex-mutants-')),
    relays: 1,
  })
  let missed = 0
  try {
    for (const mutant of chosen) {
      const on = await runTest(mutant, stack.file, false)
      const off = await runTest(mutant, stack.file, true)
      const isSound = on.passed > 0 && on.failed === 0
      const verdict = !isSound ? 'the test fails with it' : off.failed > 0 ? 'caught' : 'NOT CAUGHT'
      if (verdict !== 'caught') missed++
      console.log(`${verdict.padEnd(24)} ${mutant.guard}\n${' '.repeat(25)}${mutant.title}`)
    }
  } finally {
    await stack.remove()
  }
  console.log(`${chosen.length - missed} of ${chosen.length} guards are missed when they are off`)
  return missed === 0 ? 0 : 1
}

process.exit(await main(process.argv.slice(2)))
