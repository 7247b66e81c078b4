import { expect, test } from 'vitest'
import { mergeDocuments } from './merge-documents.js'
import { checkMergeRules, type FieldRule, type MergeRules } from './rules.js'

const big = (value: bigint | number) => ({ $aethex: 'BigInt', value: String(value) })
const date = (value: string) => ({ $aethex: 'Date', value })
const vector = (...value: number[]) => ({ $aethex: 'Vector3', value })

/** A field `x` that both sides have changed, under one rule; undefined is a field that is not there. */
function conflict(rule: FieldRule, base: unknown, mine: unknown, theirs: unknown) {
  const rules: MergeRules = { fields: [{ path: '/x', rule }] }
  const { merged, preview } = mergeDocuments({
    base: { x: base },
    mine: { x: mine },
    theirs: { x: theirs },
    rules,
    newer: 'theirs',
  })
  expect(preview).toHaveLength(1)
  return { ...preview[0], merged }
}

const game: MergeRules = {
  fields: [
    { path: '/coins', rule: 'sum' },
    { path: '/best_times/*', rule: 'min' },
    { path: '/achievements', rule: 'union' },
    { path: '/position', rule: 'last_writer' },
    { path: '/name', rule: 'ask' },
    { path: '/inventory', rule: 'union', key: 'id' },
    { path: '/inventory/*/count', rule: 'sum' },
  ],
}

test('merges a game that was played on two devices at once', () => {
  const base = {
    name: 'Ada',
    coins: 100,
    best_times: { forest: 61.5, caves: 80 },
    achievements: ['first_steps'],
    position: vector(0, 0, 0),
    inventory: [
      { id: 'potion', count: 3 },
      { id: 'rope', count: 1 },
    ],
    settings: { volume: 5, language: 'en' },
  }
  const mine = {
    ...base,
    name: 'Ada the Bold',
    coins: 130,
    best_times: { forest: 58, caves: 80 },
    achievements: ['first_steps', 'dragon'],
    position: vector(1, 0, 0),
    inventory: [
      { id: 'potion', count: 5 },
      { id: 'rope', count: 1 },
      { id: 'lamp', count: 1 },
    ],
    settings: { volume: 9, language: 'en' },
  }
  const theirs = {
    ...base,
    name: 'Countess',
    coins: 80,
    best_times: { forest: 60, caves: 71, tower: 12 },
    achievements: ['first_steps', 'cartographer'],
    position: vector(0, 9, 0),
    inventory: [{ id: 'potion', count: 2 }],
    settings: { volume: 5, language: 'fr' },
  }
  const result = mergeDocuments({ base, mine, theirs, rules: game, newer: 'theirs' })
  expect(result.merged).toEqual({
    name: 'Countess',
    coins: 110,
    best_times: { forest: 58, caves: 71, tower: 12 },
    achievements: ['first_steps', 'cartographer', 'dragon'],
    position: vector(0, 9, 0),
    inventory: [
      { id: 'potion', count: 4 },
      { id: 'lamp', count: 1 },
    ],
    settings: { volume: 9, language: 'fr' },
  })
  expect(result.asks).toEqual([
    {
      path: '/name',
      base: 'Ada',
      mine: 'Ada the Bold',
      theirs: 'Countess',
      rule: 'ask',
      outcome: 'ask',
    },
  ])
  const told = result.preview.map(({ path, rule, outcome }) => `${path} ${rule} ${outcome}`)
  expect(told.sort()).toEqual([
    '/achievements union both',
    '/best_times/caves min theirs',
    '/best_times/forest min mine',
    '/best_times/tower min theirs',
    '/coins sum both',
    '/inventory/- union theirs',
    '/inventory/0/count sum both',
    '/inventory/1 union mine',
    '/name ask ask',
    '/position last_writer theirs',
    '/settings/language ask theirs',
    '/settings/volume ask mine',
  ])
  const coins = result.preview.find(({ path }) => path === '/coins')
  expect(coins).toMatchObject({ base: 100, mine: 130, theirs: 80, result: 110 })
})

test.each([
  ['max', 10, 12, 11, 12],
  ['min', 10, 12, 11, 11],
  ['sum', 10, 12, 11, 13],
  ['sum', 10, 4, 13, 7],
  ['sum', undefined, 4, 13, 17],
  ['sum', big(2n ** 70n), big(2n ** 70n + 1n), big(2n ** 70n + 2n), big(2n ** 70n + 3n)],
  ['sum', 10, big(12), 11, big(13)],
  ['max', big(2n ** 70n), big(2n ** 71n), 7, big(2n ** 71n)],
  [
    'max',
    date('2026-01-01T00:00:00Z'),
    date('2026-03-01T00:00:00Z'),
    date('2026-02-01T00:00:00Z'),
    date('2026-03-01T00:00:00Z'),
  ],
  [
    'min',
    null,
    date('2026-03-01T00:00:00+02:00'),
    date('2026-03-01T00:00:00Z'),
    date('2026-03-01T00:00:00+02:00'),
  ],
  ['max', null, true, false, true],
  ['min', null, true, false, false],
  ['last_writer', 'a', 'b', 'c', 'c'],
  ['union', ['a', 'b'], ['b', 'c'], ['a', 'b', 'd'], ['b', 'd', 'c']],
  ['union', undefined, ['a'], ['b'], ['b', 'a']],
  ['union', 'no list', ['a'], ['b'], ['b', 'a']],
  ['union', ['potion'], ['potion', 'potion'], ['rope'], ['rope', 'potion']],
] as const)('settles %s of %j, %j and %j', (rule, base, mine, theirs, expected) => {
  expect(conflict(rule, base, mine, theirs).merged).toEqual({ x: expected })
})

test('keeps the sum of whole numbers exact on the way', () => {
  const most = Number.MAX_SAFE_INTEGER
  expect(conflict('sum', most - 2, most, most - 1).outcome).toBe('ask')
  expect(conflict('sum', most - 1, most, most - 2).merged).toEqual({ x: most - 1 })
})

test.each([
  ['max', 'a', 'b'],
  ['max', 1, 'b'],
  ['max', 1, date('2026-03-01T00:00:00Z')],
  ['min', date('whenever'), date('2026-03-01T00:00:00Z')],
  ['min', vector(1, 2, 3), vector(3, 2, 1)],
  ['sum', date('2026-03-01T00:00:00Z'), date('2026-03-02T00:00:00Z')],
  ['sum', big(1), 1.5],
  ['sum', 1e308, 1.5e308],
  ['sum', true, false],
  ['union', 1, 2],
  ['union', 'a', ['a']],
] as const)('asks where %s cannot decide between %j and %j', (rule, mine, theirs) => {
  expect(conflict(rule, undefined, mine, theirs)).toMatchObject({ outcome: 'ask', rule: 'ask' })
})

test('adds nothing up on top of what was no number', () => {
  expect(conflict('sum', null, 4, 5).outcome).toBe('ask')
  expect(conflict('sum', 'three', 4, 5).outcome).toBe('ask')
})

test('chooses between equal quantities of two kinds alike, whichever side has them', () => {
  const there = conflict('max', 0, 7, big(7))
  expect(conflict('max', 0, big(7), 7).merged).toEqual(there.merged)
  expect(there).toMatchObject({ merged: { x: big(7) }, outcome: 'theirs' })
})

test('lets the default decide what a rule cannot', () => {
  const settle = (byDefault: FieldRule, mine: unknown, theirs: unknown) => {
    const rules: MergeRules = { default: byDefault, fields: [{ path: '/x', rule: 'max' }] }
    const base = { x: 'nothing' }
    return mergeDocuments({ base, mine: { x: mine }, theirs: { x: theirs }, rules, newer: 'mine' })
  }
  expect(settle('last_writer', 'a', 'b').merged).toEqual({ x: 'a' })
  expect(settle('union', ['a'], ['b']).merged).toEqual({ x: ['a', 'b'] })
  expect(settle('union', 'a', 'b').asks).toHaveLength(1)
})

test('takes what only one side has changed from that side, whatever the rule', () => {
  for (const rule of ['max', 'min', 'union', 'sum', 'last_writer', 'ask'] as const) {
    expect(conflict(rule, 10, 10, 5)).toMatchObject({ outcome: 'theirs', merged: { x: 5 } })
    expect(conflict(rule, 10, 5, 10)).toMatchObject({ outcome: 'mine', merged: { x: 5 } })
    expect(conflict(rule, 10, undefined, 10)).toMatchObject({ outcome: 'mine', merged: {} })
    expect(conflict(rule, undefined, undefined, null).merged).toEqual({ x: null })
  }
})

test('adds up two changes that are alike, but not what both had before or nobody knows', () => {
  const rules: MergeRules = {
    fields: [
      { path: '/coins', rule: 'sum' },
      { path: '/level', rule: 'max' },
      { path: '/items', rule: 'union', key: 'id' },
      { path: '/items/*/count', rule: 'sum' },
    ],
  }
  const document = (coins: number) => ({ coins, level: coins, items: [{ id: 'a', count: coins }] })
  const same = document(110)
  const merge = (base: unknown) =>
    mergeDocuments({ base, mine: same, theirs: same, rules, newer: 'mine' })
  const { merged, preview } = merge(document(100))
  expect(merged).toEqual({ coins: 120, level: 110, items: [{ id: 'a', count: 120 }] })
  expect(preview).toEqual([
    {
      path: '/coins',
      base: 100,
      mine: 110,
      theirs: 110,
      result: 120,
      rule: 'sum',
      outcome: 'both',
    },
    expect.objectContaining({ path: '/items/0/count', result: 120, outcome: 'both' }),
  ])
  expect(merge(document(110))).toMatchObject({ merged: same, preview: [] })
  expect(merge(undefined)).toMatchObject({ merged: same, preview: [] })
})

test('tells nothing of fields that are equal on both sides', () => {
  const sides = { mine: { a: 1, b: [{ c: 2, d: 3 }] }, theirs: { b: [{ d: 3, c: 2 }], a: 1 } }
  const { preview, merged } = mergeDocuments({ base: { a: 0 }, ...sides, newer: 'mine' })
  expect(preview).toEqual([])
  expect(merged).toEqual(sides.theirs)
})

test('keeps an edit against a deletion, lets the last writer delete, or asks', () => {
  for (const rule of ['max', 'min', 'union', 'sum'] as const) {
    expect(conflict(rule, 1, 2, undefined)).toMatchObject({ outcome: 'mine', merged: { x: 2 } })
    expect(conflict(rule, 1, undefined, null)).toMatchObject({ merged: { x: null } })
    expect(conflict(rule, 1, null, undefined)).toMatchObject({ merged: { x: null } })
  }
  expect(conflict('last_writer', 1, 2, undefined)).toMatchObject({ outcome: 'theirs', merged: {} })
  expect(conflict('last_writer', 1, undefined, 2)).toMatchObject({ merged: { x: 2 } })
  expect(conflict('ask', 1, 2, undefined)).toMatchObject({ outcome: 'ask', merged: { x: 2 } })
  expect(conflict('ask', 1, undefined, 2)).toMatchObject({ outcome: 'ask', merged: { x: 2 } })
})

test('never looks into engine values', () => {
  const mine = vector(1, 0, 0)
  const theirs = vector(0, 1, 0)
  expect(conflict('last_writer', vector(0, 0, 0), mine, theirs).merged).toEqual({ x: theirs })
  const fields = { $aethex: 'Number', value: 5 }
  expect(conflict('ask', fields, { value: 6 }, { value: 5 }).outcome).toBe('ask')
  const bytes = (value: string) => ({ $aethex: 'Bytes', value })
  expect(conflict('union', bytes('AA=='), bytes('AQ=='), bytes('Ag==')).outcome).toBe('ask')
})

test('unites sets like lists', () => {
  const set = (...value: string[]) => ({ $aethex: 'Set', value })
  const united = conflict('union', set('a', 'b'), set('b', 'c'), set('a', 'b', 'd'))
  expect(united).toMatchObject({ merged: { x: set('b', 'd', 'c') }, outcome: 'both' })
  expect(conflict('union', set('a'), set('b'), ['c']).outcome).toBe('ask')
})

test('takes the greater sum, and forgets nothing, where no common base is known', () => {
  const mine = { coins: 130, only_mine: 1, list: ['a'] }
  const theirs = { coins: 80, only_theirs: 2, list: ['b'] }
  const rules: MergeRules = {
    fields: [
      { path: '/coins', rule: 'sum' },
      { path: '/list', rule: 'union' },
    ],
  }
  const { merged, asks } = mergeDocuments({ mine, theirs, rules, newer: 'mine' })
  expect(merged).toEqual({ coins: 130, only_mine: 1, only_theirs: 2, list: ['a', 'b'] })
  expect(asks).toEqual([])
})

test('merges members of a list by their key, and follows what became of each', () => {
  const rules: MergeRules = {
    fields: [
      { path: '/units', rule: 'union', key: 'id' },
      { path: '/units/*', rule: 'ask' },
      { path: '/units/*/hp', rule: 'min' },
      { path: '/units/hero/hp', rule: 'max' },
    ],
  }
  const base = { units: ['hero', 'orc', 'elf', 'imp'].map(id => ({ id, hp: 10 })) }
  const mine = {
    units: [{ id: 'hero', hp: 7 }, { id: 'orc', hp: 7 }, { id: 'imp', hp: 1 }, 'mine'],
  }
  const theirs = {
    units: [
      { id: 'hero', hp: 8 },
      { id: 'orc', hp: 8 },
      { id: 'elf', hp: 10 },
    ],
  }
  const { merged, asks } = mergeDocuments({ base, mine, theirs, rules, newer: 'mine' })
  const units = [{ id: 'hero', hp: 8 }, { id: 'orc', hp: 7 }, { id: 'imp', hp: 1 }, 'mine']
  expect(merged).toEqual({ units })
  expect(asks.map(({ path }) => path)).toEqual(['/units/2'])
})

test('loses no member whose key is taken, missing, or no text', () => {
  const rules: MergeRules = { fields: [{ path: '/list', rule: 'union', key: 'id' }] }
  const mine = { list: [{ id: 1 }, { id: 1, twin: true }, { id: [2] }, { name: 'no id' }, 7] }
  const theirs = { list: [{ id: '1' }, { id: { deep: 2 } }, null] }
  const { merged } = mergeDocuments({ base: { list: [] }, mine, theirs, rules, newer: 'mine' })
  expect(merged).toEqual({ list: [...mine.list, ...theirs.list] })
})

test('takes no value for a member that has it as its key', () => {
  const rules: MergeRules = { fields: [{ path: '', rule: 'union', key: 'id' }] }
  const input = { base: [], mine: ['x'], theirs: [{ id: 'x' }], rules }
  expect(mergeDocuments({ ...input, newer: 'mine' }).merged).toEqual(['x', { id: 'x' }])
})

test('tells of a list with keys whose order alone differs', () => {
  const rules: MergeRules = { fields: [{ path: '', rule: 'union', key: 'id' }] }
  const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
  const sides = { base: [a, b, c], mine: [c, b, a], theirs: [b, a, c] }
  const { merged, preview } = mergeDocuments({ ...sides, rules, newer: 'theirs' })
  expect(merged).toEqual(sides.theirs)
  expect(preview).toMatchObject([{ path: '', outcome: 'theirs' }])
})

test('takes a list without a rule as one value', () => {
  const sides = { base: { l: [1] }, mine: { l: [1, 2] }, theirs: { l: [1, 3] } }
  expect(mergeDocuments({ ...sides, newer: 'mine' }).asks).toMatchObject([{ path: '/l' }])
})

test('merges objects field by field, and as one value where a rule says whole', () => {
  const base = { position: { x: 0, y: 0 } }
  const mine = { position: { x: 5, y: 0 } }
  const theirs = { position: { x: 0, y: 5 } }
  const merge = (whole: boolean) => {
    const rules: MergeRules = { fields: [{ path: '/position', rule: 'last_writer', whole }] }
    return mergeDocuments({ base, mine, theirs, rules, newer: 'theirs' }).merged
  }
  expect(merge(false)).toEqual({ position: { x: 5, y: 5 } })
  expect(merge(true)).toEqual(theirs)
})

test('follows the most specific rule, however they are ordered', () => {
  const fields: MergeRules['fields'] = [
    { path: '/**', rule: 'ask' },
    { path: '/a', rule: 'max' },
    { path: '/a/**', rule: 'min' },
    { path: '/a/b', rule: 'sum' },
    { path: '/*/c', rule: 'last_writer' },
    { path: '/a/*/d', rule: 'max' },
    { path: '/*/b/d', rule: 'min' },
    { path: '/a~1b/~0', rule: 'sum' },
  ]
  const doc = (n: number) => ({
    a: { b: { d: n, e: n }, c: n, z: { d: n, e: n } },
    q: { c: n, b: { d: n } },
    'a/b': { '~': n },
    r: n,
  })
  const input = { base: doc(1), mine: doc(2), theirs: doc(3), newer: 'mine' } as const
  for (const ordered of [fields, [...fields].reverse()]) {
    const { preview } = mergeDocuments({ ...input, rules: { fields: ordered } })
    expect(Object.fromEntries(preview.map(({ path, rule }) => [path, rule]))).toEqual({
      '/a/b/d': 'max',
      '/a/b/e': 'sum',
      '/a/c': 'last_writer',
      '/a/z/d': 'max',
      '/a/z/e': 'min',
      '/q/c': 'last_writer',
      '/q/b/d': 'min',
      '/a~1b/~0': 'sum',
      '/r': 'ask',
    })
  }
})

test('refuses rules that cannot be followed', () => {
  const rule = (declared: object) => () =>
    checkMergeRules({ fields: [{ path: '/x', rule: 'max', ...declared }] })
  expect(rule({})).not.toThrow()
  expect(rule({ rule: 'average' })).toThrow(/must be one of/)
  expect(rule({ path: 'x' })).toThrow(/no JSON pointer/)
  expect(rule({ path: '/a~2' })).toThrow(/no JSON pointer/)
  expect(rule({ path: '/**/x' })).toThrow(/not its end/)
  expect(rule({ path: `/${'x'.repeat(2000)}` })).toThrow(/at most/)
  expect(rule({ key: 'id' })).toThrow(/no union/)
  expect(rule({ whole: true })).toThrow(/whole/)
  const many = Array.from({ length: 501 }, (_, at) => ({ path: `/${at}`, rule: 'max' as const }))
  expect(() => checkMergeRules({ fields: many })).toThrow(/500 rules/)
})
