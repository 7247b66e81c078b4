import { describe, expect, test } from 'vitest'
import { checkout } from '../local/checkout.js'
import { openTree } from '../rules/tree.js'
import { cases, surfaces } from './cases.js'
import { threatsDocument, withoutResults } from './document.js'
import { mutants } from './mutants.js'
import { outcomesIn } from './results.js'
import { splitTitle, titlesIn } from './titles.js'

const tree = openTree(checkout)
const titles = titlesIn(tree)
const answered = new Set(titles.flatMap(({ ids }) => ids))

test.each(Object.keys(cases))('the case %s has a test', id => {
  expect(answered).toContain(id)
})

// Packages and manifests of patches: nothing delivers them yet.
const notYet = new Set(['F8', 'F9'])

test('every surface has its cases in a row, without a gap', () => {
  for (const letter of Object.keys(surfaces)) {
    const ids = Object.keys(cases).filter(id => id.startsWith(letter))
    const last = Number(ids.at(-1)?.slice(1))
    const all = Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
    expect(ids).toEqual(all.filter(id => !notYet.has(id)))
  }
})

test('no title names a case that there is not', () => {
  const known = (id: string) => id in cases || !((id[0] ?? '') in surfaces)
  expect(titles.filter(({ ids }) => !ids.every(known))).toEqual([])
})

test.each(mutants.map(mutant => [mutant.guard, mutant] as const))(
  'the mutant that lifts "%s" fits its source, and names a test',
  (_guard, { file, guarded, test: testFile, title }) => {
    expect(tree.text(file).split(guarded)).toHaveLength(2)
    expect(tree.text(testFile)).toContain(title.slice(0, 20).replace(/ \S+[./]\S.*$/, ''))
  },
)

describe('reading titles', () => {
  test.each([
    ['Z1: one', ['Z1'], 'one'],
    ['Z1, Z2: two', ['Z1', 'Z2'], 'two'],
    ['Z1 Z12: two', ['Z1', 'Z12'], 'two'],
    ['none: at all', [], 'none: at all'],
    ['Z123: is no case', [], 'Z123: is no case'],
  ])('%j', (title, ids, text) => {
    expect(splitTitle(title)).toEqual({ ids, text })
  })

  test('finds them in tests only, in titles and in the rows of tables', () => {
    const file = 'infra/threats/threats.test.ts'
    const mine = titlesIn({ ...tree, files: [file, 'infra/threats/cases.ts'] })
    expect(mine.map(title => [title.file, title.text])).toContainEqual([file, 'one'])
    expect(mine.every(title => title.file === file)).toBe(true)
  })
})

describe('the document', () => {
  const assertion = (title: string, status: string) => ({
    ancestorTitles: ['Z8: x'],
    title,
    status,
  })
  const report = {
    testResults: [
      { assertionResults: [assertion('one', 'passed'), assertion('Z9: two', 'failed')] },
    ],
  }

  test('a test counts for its own ids and for those around it', () => {
    expect(outcomesIn([report])).toEqual({
      Z8: { passed: 1, failed: 1, skipped: 0 },
      Z9: { passed: 0, failed: 1, skipped: 0 },
    })
  })

  test('is the same for every run, but for the results', () => {
    const results = { ran_on: '2026-01-01', cases: { A1: { passed: 1, failed: 1, skipped: 0 } } }
    const [before, after] = [threatsDocument(titles, undefined), threatsDocument(titles, results)]
    expect(before).not.toBe(after)
    expect(after).toContain('Last result: **1 failed**, 1 passed')
    expect(withoutResults(before)).toBe(withoutResults(after))
  })
})
