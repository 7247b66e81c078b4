import { expect, test } from 'vitest'
import { applyPatch } from './apply-patch.js'
import { diffDocuments, type PatchOperation } from './diff-documents.js'

function diffed(from: unknown, to: unknown): PatchOperation[] {
  const patch = diffDocuments(from, to)
  expect(applyPatch(from, patch)).toEqual(to)
  return patch
}

test('tells only what differs, field by field', () => {
  const from = { level: 1, hero: { hp: 10, 'a/b~': 1 }, gone: true, place: null }
  const to = { level: 2, hero: { hp: 10, 'a/b~': 2 }, place: [], new: {} }
  expect(diffed(from, to)).toEqual([
    { op: 'replace', path: '/level', value: 2 },
    { op: 'replace', path: '/hero/a~1b~0', value: 2 },
    { op: 'remove', path: '/gone' },
    { op: 'replace', path: '/place', value: [] },
    { op: 'add', path: '/new', value: {} },
  ])
  expect(diffed(to, structuredClone(to))).toEqual([])
  expect(diffed(1, null)).toEqual([{ op: 'replace', path: '', value: null }])
})

test('finds what came and went in a list', () => {
  expect(diffed(['a', 'b', 'c'], ['a', 'c'])).toEqual([{ op: 'remove', path: '/1' }])
  expect(diffed(['a', 'c'], ['a', 'b', 'c', 'd'])).toEqual([
    { op: 'add', path: '/2', value: 'd' },
    { op: 'add', path: '/1', value: 'b' },
  ])
  const log = Array.from({ length: 50 }, (_, at) => ({ at }))
  expect(diffed(log, [...log.slice(1, 20), ...log.slice(21), 'end'])).toHaveLength(3)
})

test('is not led astray by members that occur more than once', () => {
  diffed([0, 3, 0], [1, 0, 0, 3])
  diffed([1, 3, 0, 1, 2], [3, 1, 3, 2])
  diffed([2, 1, 1, 3, 1], [1, 3, 0, 2, 0])
})

test('goes into a member that changed where it stands', () => {
  const from = { list: [1, { hp: 10, name: 'orc' }, 3] }
  const to = { list: [1, { hp: 9, name: 'orc' }, 3] }
  expect(diffed(from, to)).toEqual([{ op: 'replace', path: '/list/1/hp', value: 9 }])
})

test('replaces a list of which most has gone, and engine values as a whole', () => {
  const long = Array.from({ length: 100 }, (_, at) => at)
  expect(diffed({ long }, { long: [5] })).toEqual([{ op: 'replace', path: '/long', value: [5] }])
  const at = (...value: number[]) => ({ $aethex: 'Vector2', value })
  expect(diffed({ at: at(1, 2) }, { at: at(1, 3) })).toMatchObject([{ path: '/at' }])
})

test('applies patches of others, and leaves document and patch as they were', () => {
  const document = { list: [1] }
  const patch: PatchOperation[] = [
    { op: 'add', path: '/list/-', value: { deep: 1 } },
    { op: 'replace', path: '/list/1/deep', value: 2 },
  ]
  expect(applyPatch(document, patch)).toEqual({ list: [1, { deep: 2 }] })
  expect(document).toEqual({ list: [1] })
  expect(patch[0]).toMatchObject({ value: { deep: 1 } })
})

test.each([
  ['/missing', 'remove'],
  ['/missing/deeper', 'add'],
  ['/list/2', 'add'],
  ['/list/01', 'replace'],
  ['/list/1', 'remove'],
  ['/list/-', 'replace'],
  ['/text/0', 'replace'],
  ['/__proto__/polluted', 'add'],
  ['/constructor/prototype/polluted', 'add'],
  ['no pointer', 'add'],
] as const)('refuses a patch that leads nowhere: %s', (path, op) => {
  const document = { list: [1], text: 'abc' }
  expect(() => applyPatch(document, [{ op, path, value: 1 }])).toThrow(/nowhere|no JSON pointer/)
})

test('refuses operations that it does not know', () => {
  const move: unknown[] = [{ op: 'move', from: '/a', path: '/b' }]
  expect(() => applyPatch({ a: 1 }, move as PatchOperation[])).toThrow(/Only add/)
  const none: unknown[] = [{ op: 'add', path: '/b' }]
  expect(() => applyPatch({ a: 1 }, none as PatchOperation[])).toThrow(/Only add/)
})
