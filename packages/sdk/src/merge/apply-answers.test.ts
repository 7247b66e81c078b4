import { expect, test } from 'vitest'
import { applyAnswers } from './apply-answers.js'
import { mergeDocuments } from './merge-documents.js'
import type { MergeRules } from './rules.js'

const rules: MergeRules = {
  fields: [
    { path: '/units', rule: 'union', key: 'id' },
    { path: '/units/*', rule: 'ask' },
  ],
}

function asked(base: unknown, mine: unknown, theirs: unknown) {
  const { merged, asks } = mergeDocuments({ base, mine, theirs, rules, newer: 'mine' })
  const answer = (answers: Parameters<typeof applyAnswers>[2]) =>
    applyAnswers(merged, asks, answers)
  return { merged, asks, answer }
}

test('puts in what the player has decided and leaves the merge as it was', () => {
  const { merged, answer } = asked(
    { name: 'a', title: 'x', 'a/b': { '~': 1 }, kept: 0 },
    { name: 'b', title: 'y', 'a/b': { '~': 2 }, kept: 0 },
    { name: 'c', 'a/b': { '~': 3 }, kept: 1 },
  )
  const before = structuredClone(merged)
  expect(answer({})).toEqual(before)
  expect(answer({ '/name': 'theirs', '/title': 'theirs', '/a~1b/~0': { value: 9 } })).toEqual({
    name: 'c',
    'a/b': { '~': 9 },
    kept: 1,
  })
  expect(answer({ '/name': 'mine', '/title': 'mine' })).toEqual(before)
  expect(merged).toEqual(before)
})

test('takes members out of a list without mistaking the others', () => {
  const list = (...ids: string[]) => ids.map(id => ({ id: id.slice(0, 1), at: id }))
  const { asks, answer } = asked(
    { units: list('a', 'b', 'c', 'd') },
    { units: list('a', 'b1', 'c1', 'd1') },
    { units: list('a', 'd2') },
  )
  expect(asks.map(({ path }) => path)).toEqual(['/units/1', '/units/2', '/units/3/at'])
  const answers = { '/units/1': 'theirs', '/units/2': 'theirs', '/units/3/at': 'theirs' } as const
  expect(answer(answers)).toEqual({ units: list('a', 'd2') })
})

test('answers a question about the whole document', () => {
  expect(asked('a', 'b', 'c').answer({ '': 'theirs' })).toBe('c')
})

test('refuses answers to nothing that was asked, and answers that are none', () => {
  const { answer, asks } = asked(
    { name: 'a', fine: 1 },
    { name: 'b', fine: 2 },
    { name: 'c', fine: 1 },
  )
  expect(() => answer({ '/fine': 'mine' })).toThrow(/was not asked/)
  expect(() => answer({ '/__proto__/polluted': { value: true } })).toThrow(/was not asked/)
  expect(() => answer({ '/name': { value: undefined } })).toThrow(/must be mine, theirs or a value/)
  expect(() => applyAnswers({}, asks, { '/name': 'mine' })).not.toThrow()
  expect(() => applyAnswers([], asks, { '/name': 'mine' })).toThrow(/leads nowhere/)
})
