import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedRanges } from './changed-ranges.js'

async function* inPieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const rangesOf = (older: Buffer, newer: Buffer, length = 7) =>
  changedRanges(inPieces(older, length), inPieces(newer, length + 4))

test('tells which bytes of the newer file are not those of the older one', async () => {
  const older = Buffer.alloc(1_000, 'a')
  const newer = Buffer.from(older)
  newer.fill('b', 100, 110)
  newer.fill('b', 130, 131)
  newer.fill('b', 900, 1_000)
  expect(await rangesOf(older, older)).toEqual([])
  expect(await rangesOf(older, newer)).toEqual([
    { offset: 100, length: 31 },
    { offset: 900, length: 100 },
  ])
})

test('what was added at the end is a range, what was cut off is none', async () => {
  const file = Buffer.from('0123456789')
  expect(await rangesOf(file.subarray(0, 4), file)).toEqual([{ offset: 4, length: 6 }])
  expect(await rangesOf(file, file.subarray(0, 4))).toEqual([])
})

test('the older file with those ranges of the newer one is the newer one', async () => {
  const bytes = fc.uint8Array({ maxLength: 400, max: 1 }).map(array => Buffer.from(array))
  await fc.assert(
    fc.asyncProperty(
      bytes,
      bytes,
      fc.integer({ min: 1, max: 50 }),
      async (older, newer, length) => {
        const made = Buffer.concat([older, newer.subarray(older.length)]).subarray(0, newer.length)
        const copy = Buffer.from(made)
        for (const { offset, length: count } of await rangesOf(older, newer, length)) {
          newer.copy(copy, offset, offset, offset + count)
        }
        expect(copy.equals(newer)).toBe(true)
      },
    ),
  )
})
