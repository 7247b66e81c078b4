import { expect, test } from 'vitest'
import { applyAnswers } from './apply-answers.js'
import { diffDocuments } from './diff-documents.js'
import { mergeDocuments } from './merge-documents.js'
import { resolveConflict } from './resolve-conflict.js'
import type { MergeRules } from './rules.js'

/** Counts how often documents are read, whoever reads them. */
function counting() {
  const seen = new WeakMap<object, object>()
  let reads = 0
  const counted = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const known = seen.get(value)
    if (known !== undefined) return known
    const proxy = new Proxy(value, {
      get(target, name) {
        reads++
        return counted(Reflect.get(target, name))
      },
      getOwnPropertyDescriptor(target, name) {
        reads++
        return Reflect.getOwnPropertyDescriptor(target, name)
      },
      ownKeys(target) {
        const names = Reflect.ownKeys(target)
        reads += names.length
        return names
      },
    })
    seen.set(value, proxy)
    return proxy
  }
  return { counted, reads: () => reads }
}

const list = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at))

/** Three documents about `size` parts long that make merging and comparing as hard as they can. */
const hostile: Record<string, (size: number, seed: number) => unknown> = {
  'many fields': (size, seed) => Object.fromEntries(list(size, at => [`f${at}`, at * seed])),
  'a long list that is all alike': (size, seed) => list(size + seed, () => 0),
  'a long list in another order': (size, seed) => list(size, at => (at * (2 * seed + 1)) % size),
  'members under one key': (size, seed) => list(size, at => ({ id: 'same', at: at * seed })),
  'members that change places': (size, seed) =>
    list(size, at => ({ id: (at * (2 * seed + 1)) % size, hp: at, seed })),
  'lists in lists': (size, seed) => {
    let nested: unknown = list(size / 40, at => ({ id: at, hp: seed * at }))
    for (let depth = 0; depth < 20; depth++)
      nested = [
        { id: 'in', l: nested },
        { id: seed, depth },
      ]
    return nested
  },
  'a deep chain of fields': (size, seed) => {
    let chain: unknown = Object.fromEntries(list(size / 2, at => [at, seed]))
    for (let depth = 0; depth < 90; depth++) chain = { chain, seed }
    return chain
  },
}

const rules: MergeRules = {
  default: 'union',
  fields: [
    { path: '/**', rule: 'union', key: 'id' },
    ...list(60, at => ({ path: `/*/${'*/'.repeat(at)}hp`, rule: 'sum' as const })),
  ],
}

test.each(Object.entries(hostile))('reads %s in proportion to their size', (_, make) => {
  const cost = (size: number) => {
    const { counted, reads } = counting()
    const [base, mine, theirs] = [1, 2, 3].map(seed => counted(make(size, seed)))
    const { merged, asks } = mergeDocuments({ base, mine, theirs, rules, newer: 'mine' })
    const answers = Object.fromEntries(asks.map(({ path }) => [path, 'theirs' as const]))
    applyAnswers(merged, asks, answers)
    diffDocuments(mine, theirs)
    return reads()
  }
  const [small, large] = [cost(1024), cost(4096)]
  expect(large).toBeLessThan(small * 5)
  expect(large).toBeLessThan(4096 * 300)
})

test('tells of no more values than the documents hold', () => {
  for (const make of Object.values(hostile)) {
    const [base, mine, theirs] = [1, 2, 3].map(seed => make(2048, seed))
    const { preview } = mergeDocuments({ base, mine, theirs, rules, newer: 'mine' })
    const told = preview.map(({ base, mine, theirs }) => ({ base, mine, theirs }))
    const size = JSON.stringify([base, mine, theirs]).length
    expect(JSON.stringify(told).length).toBeLessThan(size * 2 + preview.length * 30)
  }
})

test('does not repeat a long path for everything below it', () => {
  const below = (seed: number) => Object.fromEntries(list(20_000, at => [`f${at}`, at * seed]))
  const document = (seed: number) => ({ ['x'.repeat(2000)]: below(seed), short: below(seed) })
  const [from, to] = [document(1), document(2)]
  const long = diffDocuments(from, to).filter(({ path }) => path.startsWith('/x'))
  expect(long).toHaveLength(1)
  const { preview } = mergeDocuments({ mine: from, theirs: to, newer: 'mine' })
  expect(preview.filter(({ path }) => path.startsWith('/x'))).toHaveLength(1)
  const deep = (seed: number) => ({ ['x'.repeat(1000)]: below(seed) })
  expect(diffDocuments(deep(1), deep(2))).toEqual([{ op: 'replace', path: '', value: deep(2) }])
})

test('moves no list member by member when nearly all of it moves', () => {
  const numbers = list(50_000, at => at)
  expect(diffDocuments(numbers, [-1, ...numbers])).toHaveLength(1)
  expect(
    diffDocuments(
      numbers,
      numbers.filter(at => at % 3 > 0),
    ),
  ).toMatchObject([{ op: 'replace' }])
})

test('reads no endless text as a number', () => {
  const digits = (last: string) => ({ $aethex: 'BigInt', value: '9'.repeat(1_000_000) + last })
  const max: MergeRules = { default: 'max', fields: [] }
  const { asks } = mergeDocuments({
    mine: digits('1'),
    theirs: digits('2'),
    rules: max,
    newer: 'mine',
  })
  expect(asks).toHaveLength(1)
})

test('refuses documents that go too deep, in circles, or are no JSON', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 200_000; depth++) deep = depth % 2 === 0 ? [deep] : { deep }
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const merge = (mine: unknown) => () => mergeDocuments({ mine, theirs: 1, newer: 'mine' })
  for (const endless of [deep, circle]) {
    expect(merge(endless)).toThrow(expect.objectContaining({ code: 'too_deep' }))
    expect(() => diffDocuments(1, endless)).toThrow(expect.objectContaining({ code: 'too_deep' }))
    const side = { data: endless, received_at: '2026-01-01T00:00:00Z' }
    const sides = { mine: side, theirs: { ...side, data: 1 } }
    expect(() => resolveConflict('newest', sides)).toThrow(
      expect.objectContaining({ code: 'too_deep' }),
    )
  }
  for (const alien of [
    new Map(),
    new Date(),
    Number.NaN,
    1n,
    () => 1,
    Symbol('x'),
    new Uint8Array(1),
  ]) {
    expect(merge({ alien })).toThrow(expect.objectContaining({ code: 'not_json' }))
  }
})
