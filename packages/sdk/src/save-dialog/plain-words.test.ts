import { expect, test } from 'vitest'
import { encodeValues } from '../values/encode.js'
import { Vector3 } from '../values/shapes.js'
import { labelOf, wordsOf, wordsOfDuration } from './plain-words.js'
import { textsIn } from './texts.js'

const english = textsIn(['fr', 'en-GB'])
const german = textsIn(['de-AT'])

test.each([
  ['', 'The whole save'],
  ['/coins', 'Coins'],
  ['/best_times/forest', 'Best times › forest'],
  ['/bestTimes/theForest2', 'Best times › the forest2'],
  ['/inventory/2/count', 'Inventory › Number 3 › count'],
  ['/inventory/-', 'Inventory › One of them'],
  ['/items/X~142 (old)', 'Items › X/42 (old)'],
  ['/größeDerWelt', 'Größe der welt'],
])('makes of the path "%s" a label', (path, label) => {
  expect(labelOf(path, english)).toBe(label)
})

test.each([
  [undefined, 'Not there'],
  [null, 'Nothing'],
  [true, 'Yes'],
  [1_234_567.891, '1,234,567.891'],
  ['', 'Empty'],
  ['Ada <b>', 'Ada <b>'],
  [[], 'Empty'],
  [['a', 2], 'a, 2'],
  [{ hp: 9, maxHp: 10 }, 'hp: 9, max hp: 10'],
  [encodeValues(new Vector3(1, 2.5, -3)), '(1, 2.5, -3)'],
  [encodeValues(10n ** 12n), '1,000,000,000,000'],
  [encodeValues(new Set(['key', 'rope'])), 'key, rope'],
  [encodeValues(new Map([['a', 1]])), '1 entries'],
  [encodeValues(new Uint8Array(5)), '5 bytes'],
  [encodeValues(Number.POSITIVE_INFINITY), 'Infinity'],
])('says %o in plain words', (value, words) => {
  expect(wordsOf(value, english)).toBe(words)
})

test('keeps what it says short, however much there is', () => {
  const deep = Array.from({ length: 1_000 }, () => ({ text: 'x'.repeat(1_000) }))
  const words = wordsOf(deep, english)
  expect(words.length).toBeLessThan(200)
  expect(words).toMatch(/… \(1,000 entries\)$/)
})

test('writes numbers and times as the language does', () => {
  expect(wordsOf(1_234.5, german)).toMatch(/^1.234,5$/)
  expect(wordsOfDuration(59, english)).toBe('0 min')
  expect(wordsOfDuration(5_400, english)).toBe('1 h 30 min')
  expect(wordsOfDuration(5_400, german)).toBe('1 Std. 30 Min.')
})

test('falls back to English', () => {
  expect(textsIn([])).toMatchObject({ language: 'en', locale: 'en' })
  expect(textsIn(['ja', 'DE'])).toMatchObject({ language: 'de', locale: 'DE' })
})
