import { expect, test } from 'vitest'
import { readRange } from './byte-range.js'

test.each([
  ['bytes=0-9', { start: 0, end: 10 }],
  ['bytes=90-200', { start: 90, end: 100 }],
  ['bytes=99-', { start: 99, end: 100 }],
  ['bytes=-10', { start: 90, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
  ['BYTES=0-0', { start: 0, end: 1 }],
  [`bytes=0-${'9'.repeat(40)}`, { start: 0, end: 100 }],
])('%s of a hundred bytes', (header, expected) => {
  expect(readRange(header, 100)).toEqual(expected)
})

test.each([undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=9-3', 'items=0-1'])(
  '%s is no range, and means everything',
  header => {
    expect(readRange(header, 100)).toBeUndefined()
  },
)

test.each([
  ['bytes=100-', 100],
  ['bytes=-0', 100],
  ['bytes=0-0', 0],
  ['bytes=-1', 0],
  ['bytes=0-1,2-3', 100],
  ['bytes=0-,0-,0-', 100],
])('F10: %s of %d bytes is refused, and the refusal says how many there are', (header, size) => {
  expect(() => readRange(header, size)).toThrow(
    expect.objectContaining({
      code: 'range_not_satisfiable',
      headers: { 'content-range': `bytes */${size}` },
    }),
  )
})
