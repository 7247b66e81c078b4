import { expect, test } from 'vitest'
import { type ConflictedSides, newerSide, resolveConflict } from './resolve-conflict.js'

const noon = '2026-06-01T12:00:00Z'
const later = '2026-06-01T12:00:05Z'

const sides = (facts: {
  mine?: Partial<ConflictedSides['mine']>
  theirs?: Partial<ConflictedSides['theirs']>
}): ConflictedSides => ({
  base: { level: 1, coins: 5, name: 'a' },
  mine: { data: { level: 3, coins: 5, name: 'a' }, received_at: later, ...facts.mine },
  theirs: { data: { level: 2, coins: 9, name: 'a' }, received_at: noon, ...facts.theirs },
})

test('F13: a device clock of 2099 gains nothing over the time of arrival', () => {
  const lying = sides({
    mine: { client_time: '2026-06-01T11:59:00Z', received_at: noon },
    theirs: { client_time: '2099-01-01T00:00:00Z', received_at: '2026-06-01T11:58:00Z' },
  })
  expect(newerSide(lying)).toBe('mine')
  const honest = sides({
    mine: { client_time: '2026-06-01T11:00:00Z' },
    theirs: { client_time: '2026-06-01T11:30:00Z' },
  })
  expect(newerSide(honest)).toBe('theirs')
})

test('takes the later arrival where times are equal, missing or no times', () => {
  expect(newerSide(sides({ mine: { received_at: noon } }))).toBe('mine')
  expect(newerSide(sides({ mine: { client_time: null } }))).toBe('mine')
  expect(newerSide(sides({ theirs: { client_time: 'the future' } }))).toBe('mine')
  expect(() => newerSide(sides({ mine: { received_at: 'now' } }))).toThrow(/RFC 3339/)
})

test('takes the newest as a whole and tells what that throws away', () => {
  expect(resolveConflict('newest', sides({}))).toEqual({
    outcome: 'mine',
    data: { level: 3, coins: 5, name: 'a' },
    asks: [],
    preview: [
      {
        path: '/level',
        base: 1,
        mine: 3,
        theirs: 2,
        rule: 'last_writer',
        outcome: 'mine',
        result: 3,
      },
      {
        path: '/coins',
        base: 5,
        mine: 5,
        theirs: 9,
        rule: 'last_writer',
        outcome: 'mine',
        result: 5,
      },
    ],
  })
})

test('takes the longer play time, and the newest where one is not told or both are equal', () => {
  const played = (mine: number | null, theirs: number | undefined) => {
    const facts = { mine: { play_time_seconds: mine }, theirs: { play_time_seconds: theirs } }
    return resolveConflict('longest_play_time', sides(facts))
  }
  expect(played(10, 20)).toMatchObject({ outcome: 'theirs', data: { level: 2 } })
  expect(played(10, 20).preview.map(({ result }) => result)).toEqual([2, 9])
  expect(played(20, 10).outcome).toBe('mine')
  expect(played(null, 20).outcome).toBe('mine')
  expect(played(0, undefined).outcome).toBe('mine')
  expect(played(10, 10).outcome).toBe('mine')
})

test('keeps both: mine goes to a branch of its own', () => {
  const kept = resolveConflict('keep_both', sides({}))
  expect(kept).toMatchObject({ outcome: 'branched', data: { level: 3 }, asks: [] })
  expect(kept.preview).toHaveLength(2)
})

test('merges by the rules, and asks where they say so', () => {
  const rules = { fields: [{ path: '/level', rule: 'max' as const }] }
  expect(resolveConflict('merge', { ...sides({}), rules })).toMatchObject({
    outcome: 'merged',
    data: { level: 3, coins: 9, name: 'a' },
    asks: [],
  })
  const open = resolveConflict('merge', sides({}))
  expect(open.outcome).toBe('ask')
  expect(open.asks).toMatchObject([{ path: '/level', mine: 3, theirs: 2 }])
})

test('refuses without data, with the preview of what a merge would do', () => {
  const refused = resolveConflict('refuse', sides({}))
  expect(refused).toMatchObject({
    outcome: 'ask',
    preview: [{ path: '/level' }, { path: '/coins' }],
  })
  expect(refused).not.toHaveProperty('data')
})

test('resolves files, which nobody can look into, by their facts alone', () => {
  const files = sides({ mine: { data: undefined }, theirs: { data: undefined } })
  expect(resolveConflict('newest', files)).toMatchObject({ outcome: 'mine', preview: [] })
  expect(resolveConflict('keep_both', files)).toMatchObject({ outcome: 'branched', preview: [] })
  expect(resolveConflict('merge', files)).toEqual({ outcome: 'ask', preview: [], asks: [] })
})
