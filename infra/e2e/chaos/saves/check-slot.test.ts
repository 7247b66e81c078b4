import { expect, test } from 'vitest'
import { checkSlot } from './check-slot.js'
import type { FinalSlot, FinalVersion, Operation } from './operation.js'
import { canBeExplained, randomHistory } from './random-history.js'

// Histories that are known to be right or wrong. `at` is when an operation was called and when it was answered.

type At = [call: number, ret: number]

function operation(id: string, [call, ret]: At, given: Partial<Operation>): Operation {
  return {
    id,
    device: id,
    slot: 's',
    kind: 'save',
    call,
    ret,
    outcome: 'ok',
    bases: new Map(),
    saw: [],
    requests: [],
    ...given,
  }
}

const wrote = (id: string, at: At, version: number, base?: number) =>
  operation(id, at, {
    wrote: { version, hash: `hash of ${id}` },
    bases: new Map([[0, [base ?? null]]]),
  })
const lost = (id: string, at: At) => operation(id, at, { outcome: 'unknown' })
const refused = (id: string, at: At) => operation(id, at, { outcome: 'refused' })
const saw = (id: string, at: At, version: number | undefined) =>
  operation(id, at, { kind: 'load', saw: [{ slot: 's', version }] })
const deleted = (id: string, at: At) =>
  operation(id, at, { kind: 'delete', saw: [{ slot: 's', version: undefined }] })
const restored = (id: string, at: At, source: number, version: number, of: string) =>
  operation(id, at, { kind: 'restore', source, wrote: { version, hash: `hash of ${of}` } })

/** What a slot holds in the end: names of operations, `†` for a tombstone. */
function left(...names: string[]): FinalSlot {
  const versions = names.map(
    (name, index): FinalVersion =>
      name === '†'
        ? {
            version: index + 1,
            deleted: true,
            hash: null,
            readHash: null,
            operation: undefined,
            round: 0,
          }
        : {
            version: index + 1,
            deleted: false,
            hash: `hash of ${name}`,
            readHash: `hash of ${name}`,
            operation: name,
            round: 0,
          },
  )
  const last = versions.at(-1)
  return {
    slot: 's',
    keeps: Number.POSITIVE_INFINITY,
    versions,
    head: last === undefined || last.deleted ? undefined : last.version,
  }
}

const rulesOf = (final: FinalSlot, operations: Operation[]) =>
  checkSlot(final, operations).map(({ rule }) => rule)

test.each<[string, FinalSlot, Operation[]]>([
  ['nothing at all', left(), []],
  [
    'two writes one after the other',
    left('a', 'b'),
    [wrote('a', [0, 1], 1, 0), wrote('b', [2, 3], 2, 1)],
  ],
  [
    'two writes at once, in either order',
    left('b', 'a'),
    [wrote('a', [0, 9], 2), wrote('b', [0, 9], 1)],
  ],
  [
    'a lost answer whose write took effect',
    left('a', 'b'),
    [lost('a', [0, 1]), wrote('b', [2, 3], 2)],
  ],
  ['a lost answer whose write did not', left('b'), [lost('a', [0, 1]), wrote('b', [2, 3], 1)]],
  [
    'a lost answer whose write came late',
    left('b', 'a'),
    [lost('a', [0, 1]), wrote('b', [2, 3], 1), saw('l', [4, 5], 1), saw('m', [6, 7], 2)],
  ],
  [
    'a read beside a write sees either',
    left('a', 'b'),
    [wrote('a', [0, 1], 1), wrote('b', [2, 6], 2), saw('l', [3, 4], 1), saw('m', [3, 4], 2)],
  ],
  [
    'a delete and what is written anew',
    left('a', '†', 'b'),
    [wrote('a', [0, 1], 1), deleted('d', [2, 3]), wrote('b', [4, 5], 3)],
  ],
  [
    'a delete that found nothing',
    left('a', '†'),
    [wrote('a', [0, 1], 1), deleted('d', [2, 3]), deleted('e', [4, 5])],
  ],
  [
    'a slot that was not there, twice',
    left('a', '†', 'b'),
    [
      saw('l', [0, 1], undefined),
      wrote('a', [2, 3], 1),
      deleted('d', [4, 5]),
      saw('m', [6, 7], undefined),
      wrote('b', [8, 9], 3),
    ],
  ],
  [
    'a restore',
    left('a', 'b', 'a'),
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2), restored('r', [4, 5], 1, 3, 'a')],
  ],
  ['a refusal', left('a'), [wrote('a', [0, 1], 1), refused('b', [2, 3])]],
])('finds nothing in %s', (_, final, operations) => {
  expect(checkSlot(final, operations)).toEqual([])
})

test.each<[string, FinalSlot, Operation[], string]>([
  ['a version that is gone', left('a'), [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2)], 'kept'],
  [
    'one version told to two',
    left('a'),
    [wrote('a', [0, 9], 1), { ...wrote('a', [0, 9], 1), id: 'b' }],
    'one writer',
  ],
  [
    'a version that was written over',
    left('b'),
    [wrote('a', [0, 1], 1), wrote('b', [0, 1], 1)],
    'bytes',
  ],
  [
    'a write that took effect twice',
    left('a', 'b', 'a'),
    [lost('a', [0, 1]), wrote('b', [2, 3], 2)],
    'once',
  ],
  ['a refused write that took effect', left('a'), [refused('a', [0, 1])], 'invented'],
  ['data that nobody wrote', left('a', 'x'), [wrote('a', [0, 1], 1)], 'invented'],
  ['a tombstone that nobody asked for', left('a', '†'), [wrote('a', [0, 1], 1)], 'invented'],
  [
    'a write upon another base than its own',
    left('a', 'b', 'c'),
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2), wrote('c', [4, 5], 3, 1)],
    'base',
  ],
  [
    'an unanswered write upon another base',
    left('a', 'b', 'c'),
    [
      wrote('a', [0, 1], 1),
      wrote('b', [2, 3], 2),
      { ...lost('c', [4, 5]), bases: new Map([[0, [1]]]) },
    ],
    'base',
  ],
  [
    'an order against the clock',
    left('b', 'a'),
    [wrote('a', [0, 1], 2), wrote('b', [2, 3], 1)],
    'order',
  ],
  [
    'a read of what was replaced before',
    left('a', 'b'),
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2), saw('l', [4, 5], 1)],
    'order',
  ],
  [
    'a read of what was not yet written',
    left('a', 'b'),
    [wrote('a', [0, 1], 1), wrote('b', [4, 5], 2), saw('l', [2, 3], 2)],
    'order',
  ],
  [
    'a slot that was there and was not found',
    left('a'),
    [wrote('a', [0, 1], 1), saw('l', [2, 3], undefined)],
    'order',
  ],
  [
    'a delete that took effect twice',
    left('a', '†', 'b', '†'),
    [
      wrote('a', [0, 1], 1),
      deleted('d', [2, 3]),
      wrote('b', [4, 5], 3),
      saw('l', [8, 9], undefined),
    ],
    'order',
  ],
  [
    'a delete that came after its answer',
    left('a', '†'),
    [deleted('d', [0, 1]), wrote('a', [2, 3], 1)],
    'order',
  ],
  [
    'a restore of other data',
    left('a', 'b', 'b'),
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2), restored('r', [4, 5], 1, 3, 'b')],
    'bytes',
  ],
  [
    'other bytes than were acknowledged',
    { ...left('a'), versions: left('a').versions.map(each => ({ ...each, readHash: 'other' })) },
    [wrote('a', [0, 1], 1)],
    'bytes',
  ],
  [
    'a head behind its history',
    { ...left('a', 'b'), head: 1 },
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 2)],
    'head',
  ],
  [
    'a gap',
    {
      ...left('a', 'b'),
      versions: left('a', 'x', 'b').versions.filter(({ version }) => version !== 2),
      head: 3,
    },
    [wrote('a', [0, 1], 1), wrote('b', [2, 3], 3)],
    'no gap',
  ],
])('finds %s', (_, final, operations, rule) => {
  expect(rulesOf(final, operations)).toContain(rule)
})

test('agrees with trying every order, over random histories, right and corrupted', () => {
  const verdicts = { right: 0, wrong: 0 }
  for (let seed = 0; seed < 3_000; seed++) {
    const { final, operations } = randomHistory(seed)
    const expected = canBeExplained(final, operations)
    verdicts[expected ? 'right' : 'wrong']++
    const found = checkSlot(final, operations)
    expect([seed, found.length === 0], JSON.stringify(found)).toEqual([seed, expected])
  }
  expect(Math.min(verdicts.right, verdicts.wrong)).toBeGreaterThan(300)
})
