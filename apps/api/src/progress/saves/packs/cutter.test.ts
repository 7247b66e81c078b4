import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openBlockCache } from './block-cache.js'
import { cutWhole, openCutter } from './cutter.js'
import { cutRule } from './gear.js'

const chunksOf = (content: Buffer, bits = 10) => {
  const cutter = openCutter(bits)
  return [...cutter.take(content), ...cutter.end()]
}

test('chunks are about as long as wished, and never outside of the bounds', () => {
  const content = randomBytes(2_000_000)
  for (const bits of [10, 12, 14]) {
    const lengths = chunksOf(content, bits).map(({ length }) => length)
    const { min, usual, max } = cutRule(bits)
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(min)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(max)
    const mean = content.length / lengths.length
    expect(mean).toBeGreaterThan(usual * 0.8)
    expect(mean).toBeLessThan(usual * 1.5)
  }
})

test('bytes that were put in change the chunks beside them, and no others', () => {
  const content = randomBytes(500_000)
  const known = new Set(chunksOf(content).map(({ id }) => id))
  const edited = Buffer.concat([
    content.subarray(0, 250_000),
    Buffer.from('new'),
    content.subarray(250_000),
  ])
  const unknown = chunksOf(edited).filter(({ id }) => !known.has(id))
  expect(unknown.length).toBeGreaterThan(0)
  expect(unknown.length).toBeLessThan(8)
})

test('the cuts of today are those of the saves that are stored already', () => {
  const text = Buffer.from(Array.from({ length: 900 }, (_, at) => `line ${at * at} `).join(''))
  expect(chunksOf(text).map(({ length }) => length)).toEqual([
    1700, 951, 1399, 1090, 1166, 1207, 1454, 622, 748,
  ])
})

test('content is cut in the same way whatever was cut before it', () => {
  const bytes = randomBytes(60_000)
  const before = { bytes, chunkBits: 10, chunks: chunksOf(bytes) }
  const edit = fc.record({
    at: fc.nat(bytes.length),
    removed: fc.oneof(fc.constant(0), fc.nat(9), fc.nat(20_000)),
    added: fc.oneof(fc.uint8Array({ maxLength: 9 }), fc.constant(bytes.subarray(7_000, 21_000))),
  })
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 5 }), edits => {
      const content = edits.reduce<Buffer>(
        (now, { at, removed, added }) =>
          Buffer.concat([now.subarray(0, at), added, now.subarray(at + removed)]),
        bytes,
      )
      const shapeOf = ({ id, length }: { id: string; length: number }) => ({ id, length })
      const cut = [...cutWhole(content, 10, before)]
      expect(cut.map(shapeOf)).toEqual(chunksOf(content).map(shapeOf))
      expect(Buffer.concat(cut.flatMap(({ pieces }) => pieces)).equals(content)).toBe(true)
      expect([...cutWhole(content, 12, before)].map(shapeOf)).toEqual(
        chunksOf(content, 12).map(shapeOf),
      )
    }),
    { numRuns: 60 },
  )
})

test('the cache holds no more bytes than it may, those used last', () => {
  const cache = openBlockCache(10_000)
  for (let block = 0; block < 20; block++) {
    cache.keep('pack', block, Buffer.alloc(2_000))
    cache.get('pack', 0)
  }
  const held = Array.from({ length: 20 }, (_, block) => block).filter(block =>
    cache.get('pack', block),
  )
  expect(held).toEqual([0, 17, 18, 19])
})
