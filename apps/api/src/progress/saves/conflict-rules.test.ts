import { expect, test } from 'vitest'
import { fits } from './conflict-rules.js'

test.each([
  ['slot1', 'slot1', true],
  ['slot1', 'slot12', false],
  ['*', 'anything', true],
  ['arena-*', 'arena-', true],
  ['arena-*', 'my-arena-1', false],
  ['*-auto', 'slot1-auto', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*mid*', 'amidst', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c', false],
  ['a*b*c', 'abc', true],
])('the pattern %s and the slot %s: %s', (pattern, name, expected) => {
  expect(fits(pattern, name)).toBe(expected)
})
