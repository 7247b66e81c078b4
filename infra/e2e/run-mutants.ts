import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { startVitest } from 'vitest/node'
import { freePort } from '../../apps/api/src/testing/free-port.js'
import { checkout, inCheckout } from '../local/checkout.js'
import type { Mutant } from '../threats/mutant.js'
import { mutants } from '../threats/mutants.js'
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
  /** What went wrong, in a line each; also what kept the test from running at all. */
  errors: string[]
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
      setupFiles: [
        inCheckout(
          'infra',
          'e2e',
          mutant.readsLetters ? 'mutated-api-behind.ts' : 'mutated-api.ts',
        ),
      ],
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
  const modules = vitest.state.getTestModules()
  const results = modules
    .flatMap(module => [...module.children.allTests()])
    .map(test => test.result())
  const errors = [
    ...modules.flatMap(module => [
      ...module.errors(),
      ...[...module.children.allSuites()].flatMap(suite => [...suite.errors()]),
    ]),
    ...results.flatMap(result => [...(result.errors ?? [])]),
  ].map(({ message }) => message.split('\n', 1)[0] ?? '')
  await vitest.close()
  // A failed test is what is wanted here, not a failure of this program.
  process.exitCode = 0
  const count = (state: string) => results.filter(result => result.state === state).length
  return { passed: count('passed'), failed: count('failed'), errors }
}

/** What the two runs say of a guard. A test that did not run has noticed nothing. */
function judge(on: Outcome, off: Outcome): string {
  if (on.passed === 0 || on.failed > 0) return 'the test fails with it'
  if (off.failed > 0) return 'caught'
  return off.passed > 0 ? 'NOT CAUGHT' : 'the test did not run'
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
      const verdict = judge(on, off)
      console.log(`${verdict.padEnd(24)} ${mutant.guard}\n${' '.repeat(25)}${mutant.title}`)
      if (verdict === 'caught') continue
      missed++
      for (const error of [...on.errors, ...off.errors]) console.log(`${' '.repeat(25)}${error}`)
    }
  } finally {
    await stack.remove()
  }
  console.log(`${chosen.length - missed} of ${chosen.length} tests notice that their guard is off`)
  return missed === 0 ? 0 : 1
}

process.exit(await main(process.argv.slice(2)))
