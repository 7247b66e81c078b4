import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyAnswers } from './apply-answers.js'
import { applyPatch } from './apply-patch.js'
import { diffDocuments } from './diff-documents.js'
import { isFields } from './documents.js'
import { Identity } from './identity.js'
import { mergeDocuments } from './merge-documents.js'
import type { FieldRule, MergeRules } from './rules.js'

// Few names and few values, so that documents made apart have much in common.
const name = fc.constantFrom('a', 'b', 'id', 'a/b', '~', '', '__proto__', 'constructor', '0', '-')
const engineValue = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(value => ({ $aethex: 'BigInt', value: String(value) })),
  fc.constantFrom(1, 2).map(day => ({ $aethex: 'Date', value: `2026-01-0${day}T00:00:00.000Z` })),
  fc.tuple(fc.nat(2), fc.nat(2)).map(value => ({ $aethex: 'Vector2', value })),
  fc.uniqueArray(fc.nat(4)).map(value => ({ $aethex: 'Set', value })),
)
const { document } = fc.letrec(tie => ({
  document: fc.oneof(
    { maxDepth: 4, depthSize: 'large', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(null, true, false, '', 'x', 'y', 0.1, 1e300),
      fc.integer({ min: -5, max: 5 }),
      engineValue,
    ),
    fc.array(tie('document'), { maxLength: 5 }),
    // As JSON.parse makes them: `__proto__` is a field like any other.
    fc.array(fc.tuple(name, tie('document')), { maxLength: 5 }).map(Object.fromEntries),
  ),
}))
const rule = fc.constantFrom<FieldRule>('max', 'min', 'union', 'sum', 'last_writer', 'ask')
const rules: fc.Arbitrary<MergeRules> = fc.record({
  default: rule,
  fields: fc.array(
    fc
      .tuple(fc.constantFrom('', '/a', '/*', '/a/**', '/*/id', '/b/*'), rule)
      .map(([path, chosen]) => ({
        path,
        rule: chosen,
        key: chosen === 'union' ? 'id' : undefined,
      })),
    { maxLength: 4 },
  ),
})
const newer = fc.constantFrom('mine' as const, 'theirs' as const)
const other = { mine: 'theirs', theirs: 'mine' } as const

/** Text that is the same exactly for the same JSON. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf)}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(
    ([key, field]) => `${JSON.stringify(key)}:${textOf(field)}`,
  )
  return `{${fields.sort()}}`
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

function expectPlain(value: unknown): void {
  if (Array.isArray(value)) value.forEach(expectPlain)
  else if (typeof value === 'object' && value !== null) {
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    Object.values(value).forEach(expectPlain)
  }
}

const numbers = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.integer({ min: -1000, max: 1000 }),
  { noNullPrototype: true },
)
const texts = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 })

test('gives the other side where one is unchanged, whatever the rules', () => {
  fc.assert(
    fc.property(document, document, rules, newer, (base, changed, rules, newer) => {
      const mine = mergeDocuments({ base, mine: changed, theirs: base, rules, newer })
      const theirs = mergeDocuments({ base, mine: base, theirs: changed, rules, newer })
      expect(textOf(mine.merged)).toBe(textOf(changed))
      expect(textOf(theirs.merged)).toBe(textOf(changed))
      expect([...mine.asks, ...theirs.asks]).toEqual([])
    }),
  )
})

test('gives what both sides agree on, and tells of nothing', () => {
  fc.assert(
    fc.property(document, document, rules, newer, (base, same, rules, newer) => {
      fc.pre(rules.default !== 'sum' && rules.fields.every(({ rule }) => rule !== 'sum'))
      const theirs = JSON.parse(JSON.stringify(same))
      const { merged, preview } = mergeDocuments({ base, mine: same, theirs, rules, newer })
      expect(textOf(merged)).toBe(textOf(same))
      expect(preview).toEqual([])
    }),
  )
})

test('gives the same when the sides change places, byte for byte', () => {
  const base = fc.option(document, { nil: undefined })
  fc.assert(
    fc.property(base, document, document, rules, newer, (base, one, two, rules, newer) => {
      const there = mergeDocuments({ base, mine: one, theirs: two, rules, newer })
      const back = mergeDocuments({ base, mine: two, theirs: one, rules, newer: other[newer] })
      expect(JSON.stringify(back.merged)).toBe(JSON.stringify(there.merged))
      expect(back.preview.map(({ path }) => path)).toEqual(there.preview.map(({ path }) => path))
    }),
  )
})

test('does not care who is newer for max, min and sum, nor what a union holds', () => {
  const mathematical = fc.constantFrom<FieldRule>('max', 'min', 'sum')
  fc.assert(
    fc.property(numbers, numbers, numbers, mathematical, (base, mine, theirs, rule) => {
      const rules = { default: rule, fields: [] }
      const [one, two] = (['mine', 'theirs'] as const).map(newer =>
        mergeDocuments({ base, mine, theirs, rules, newer }),
      )
      expect(one?.merged).toEqual(two?.merged)
      expect(one?.asks).toEqual([])
    }),
  )
  fc.assert(
    fc.property(texts, texts, texts, (base, mine, theirs) => {
      const rules = { default: 'union' as const, fields: [] }
      const [one, two] = (['mine', 'theirs'] as const).map(newer => {
        const { merged } = mergeDocuments({ base, mine, theirs, rules, newer })
        return Array.isArray(merged) ? new Set(merged) : merged
      })
      expect(one).toEqual(two)
    }),
  )
})

test('changes nothing when what was merged meets the same side again', () => {
  const merging = fc.constantFrom<FieldRule>('max', 'min', 'union')
  const sample = fc.record({ numbers, texts })
  fc.assert(
    fc.property(sample, sample, sample, merging, newer, (base, mine, theirs, rule, newer) => {
      const rules = { default: rule, fields: [{ path: '/texts', rule: 'union' as const }] }
      const input = { base, theirs, rules }
      const { merged, asks } = mergeDocuments({ ...input, mine, newer })
      fc.pre(asks.length === 0)
      const again = mergeDocuments({ ...input, mine: merged, newer: 'mine' })
      expect(again.merged).toEqual(merged)
    }),
  )
})

test('loses no change to a sum', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, newer, (base, mine, theirs, newer) => {
      const rules = { default: 'sum' as const, fields: [] }
      const { merged } = mergeDocuments({ base, mine, theirs, rules, newer })
      expect(isFields(merged)).toBe(true)
      for (const [key, sum] of isFields(merged) ? Object.entries(merged) : []) {
        const start = base[key] ?? 0
        // A field that one side has deleted is there because the other one has changed it.
        const changes = [mine[key], theirs[key]].map(value => (value ?? start) - start)
        expect(sum).toBe(changes.reduce((total, change) => total + change, start))
      }
      for (const key of Object.keys(mine)) if (key in theirs) expect(merged).toHaveProperty(key)
    }),
  )
})

test('loses no member that was added to a union, and brings back none that was removed', () => {
  fc.assert(
    fc.property(texts, texts, texts, newer, (base, mine, theirs, newer) => {
      const rules = { default: 'union' as const, fields: [] }
      const { merged } = mergeDocuments({ base, mine, theirs, rules, newer })
      const wanted = [...new Set([...mine, ...theirs])]
      const kept = wanted.filter(
        text => !base.includes(text) || (mine.includes(text) && theirs.includes(text)),
      )
      expect(Array.isArray(merged) ? [...merged].sort() : merged).toEqual(kept.sort())
    }),
  )
})

test('loses no field that only one side has added or changed', () => {
  fc.assert(
    fc.property(numbers, numbers, numbers, rule, newer, (base, mine, theirs, rule, newer) => {
      const rules = { default: rule, fields: [] }
      const { merged } = mergeDocuments({ base, mine, theirs, rules, newer })
      for (const key of ['a', 'b', 'c', 'd']) {
        if (mine[key] === base[key]) expect(isFields(merged) && merged[key]).toBe(theirs[key])
        else if (theirs[key] === base[key]) expect(isFields(merged) && merged[key]).toBe(mine[key])
      }
    }),
  )
})

test('leaves nothing to ask once all is answered for one side', () => {
  const answer = fc.constantFrom('mine' as const, 'theirs' as const)
  fc.assert(
    fc.property(document, document, answer, newer, (mine, theirs, side, newer) => {
      const rules: MergeRules = { fields: [{ path: '/a', rule: 'union', key: 'id' }] }
      const { merged, asks } = mergeDocuments({ mine, theirs, rules, newer })
      const answers = Object.fromEntries(asks.map(({ path }) => [path, side]))
      expect(Object.keys(answers)).toHaveLength(asks.length)
      const answered = applyAnswers(merged, asks, answers)
      const sided = { mine, theirs }[side]
      const again = mergeDocuments({ mine: answered, theirs: sided, rules, newer: 'mine' })
      expect(again.asks).toEqual([])
      expect(textOf(again.merged)).toBe(textOf(answered))
    }),
  )
})

test('leads from any document to any other by the diff between them', () => {
  fc.assert(
    fc.property(document, document, (from, to) => {
      const patch = diffDocuments(frozen(from), frozen(to))
      expect(textOf(applyPatch(from, JSON.parse(JSON.stringify(patch))))).toBe(textOf(to))
      expect(patch.length === 0).toBe(textOf(from) === textOf(to))
    }),
    { numRuns: 500 },
  )
})

test('finds the way between long lists that share much', () => {
  const lists = fc.array(fc.nat(30), { maxLength: 60 })
  const edit = fc.tuple(fc.nat(60), fc.nat(3), fc.array(fc.nat(99), { maxLength: 3 }))
  fc.assert(
    fc.property(lists, fc.array(edit, { maxLength: 6 }), (from, edits) => {
      const to = [...from]
      for (const [start, removed, added] of edits) to.splice(start, removed, ...added)
      expect(applyPatch(from, diffDocuments(from, to))).toEqual(to)
    }),
    { numRuns: 1000 },
  )
})

test('takes values for the same exactly when they are the same JSON', () => {
  fc.assert(
    fc.property(document, document, (one, two) => {
      const identity = new Identity()
      expect(identity.same(one, two)).toBe(textOf(one) === textOf(two))
      expect(identity.same(one, JSON.parse(textOf(one)))).toBe(true)
    }),
  )
})

test('leaves its input alone, and makes plain objects of hostile names', () => {
  const own = Object.getOwnPropertyNames(Object.prototype)
  fc.assert(
    fc.property(document, document, document, rules, newer, (base, mine, theirs, rules, newer) => {
      const input = frozen({ base, mine, theirs, rules, newer })
      const { merged, asks } = mergeDocuments(input)
      const answers = Object.fromEntries(asks.map(({ path }) => [path, 'theirs' as const]))
      expectPlain(applyAnswers(merged, asks, answers))
      expectPlain(merged)
      expectPlain(applyPatch(mine, diffDocuments(mine, theirs)))
    }),
  )
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(own)
})
