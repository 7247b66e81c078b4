import { expect, test } from 'vitest'
import { childBelow, type Gate, judgeAge } from './child-until.js'

const gate: Gate = { enabled: true, ask: 'birth_date', child_below: 13, by_country: {} }
const at = (day: string) => new Date(`${day}T12:00:00Z`)
const untilOf = (answer: { birth_date?: string; birth_year?: number }, day: string, over = {}) =>
  judgeAge({ ...gate, ...over }, { ...answer, country: 'US' }, at(day))
    .childUntil?.toISOString()
    .slice(0, 10)

test.each([
  ['2013-06-15', '2026-06-14', '2026-07-01'],
  ['2013-06-15', '2026-06-15', undefined],
  ['2013-12-31', '2026-01-01', '2027-01-01'],
  ['2012-02-29', '2025-02-28', '2025-04-01'],
  ['2012-02-29', '2025-03-01', undefined],
])('who was born on %s is on %s a child until %s', (birth_date, day, until) => {
  expect(untilOf({ birth_date }, day)).toBe(until)
})

test('of a year only the end is sure', () => {
  const yearly = { ask: 'birth_year' }
  expect(untilOf({ birth_year: 2013 }, '2026-12-31', yearly)).toBe('2027-01-01')
  expect(untilOf({ birth_year: 2013 }, '2027-01-01', yearly)).toBeUndefined()
})

test('the highest age counts: of the studio, of the law, and of the studio’s word on the law', () => {
  expect(childBelow(gate, 'DE')).toBe(16)
  expect(childBelow({ ...gate, by_country: { DE: 15 } }, 'DE')).toBe(15)
  expect(childBelow({ ...gate, child_below: 14 }, 'US')).toBe(14)
  expect(childBelow(gate, 'ZZ')).toBe(13)
})
