import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { evolvingSave } from '../../../testing/evolving-save.js'
import { freshPlace, memoryPackTools, PackRows } from '../../../testing/pack-tools.js'
import { packsToBuildOn } from './base.js'
import type { StoredContent } from './content.js'
import { packsOf, readContent, storeContent } from './packs.js'

const cacheBytes = 16_000_000

/** Plays a save for so many versions; what they take in the store and in the tables. */
async function play(size: number, versions: number, cached: number) {
  const tools = memoryPackTools(cached)
  const place = freshPlace()
  const rows = new PackRows()
  const save = evolvingSave(size)
  let stored: StoredContent | undefined
  let recipes = 0
  let gzipped = 0
  let mostPacks = 0
  let content = save.bytes()
  for (let version = 1; version <= versions; version++) {
    content = save.bytes()
    if (version <= 50) gzipped += gzipSync(content).length
    const base = stored === undefined ? {} : { base: { ...stored, packs: rows.of(stored) } }
    stored = await storeContent(tools, place, content, base)
    rows.keep(stored)
    recipes += stored.recipe.length + 16 * packsOf(stored.recipe).length
    mostPacks = Math.max(mostPacks, packsOf(stored.recipe).length)
    save.play()
  }
  const bytesIn = rows
    .all()
    .reduce(
      (sum, { stored_size, blocks, chunks }) => sum + stored_size + blocks.length + chunks.length,
      0,
    )
  if (stored === undefined) throw new Error('no version was stored')
  const cold = { ...tools, blocks: memoryPackTools().blocks }
  tools.blobs.asked.reads = 0
  expect((await readContent(cold, place, stored, rows.of(stored))).equals(content)).toBe(true)
  return { taken: bytesIn + recipes, gzipped, mostPacks, reads: tools.blobs.asked.reads }
}

describe('fifty versions of a save of 1 MB', () => {
  test('take less than a twentieth of fifty gzip copies, recipes and tables included', async () => {
    const { taken, gzipped } = await play(1_000_000, 50, cacheBytes)
    expect(taken).toBeLessThan(gzipped / 20)
  })

  test('take less than a tenth where no process remembers the last one', async () => {
    const { taken, gzipped } = await play(1_000_000, 50, 0)
    expect(taken).toBeLessThan(gzipped / 10)
  })
})

test('the head of a thousand versions is read from few objects, and each one cost little', async () => {
  const { taken, mostPacks, reads } = await play(250_000, 1000, cacheBytes)
  expect(mostPacks).toBeLessThanOrEqual(10)
  expect(reads).toBeLessThanOrEqual(12)
  expect(taken / 1000).toBeLessThan(16_000)
}, 120_000)

describe('of the packs of a base', () => {
  const extents = (sizes: Record<string, number>) =>
    Object.entries(sizes).map(([pack, length]) => ({ pack, block: 0, offset: 0, length }))
  const rows = (sizes: Record<string, number>) =>
    Object.entries(sizes).map(([pack_id, plain_size]) => ({ pack_id, plain_size }))

  test('one that is hardly used any more is left behind', () => {
    const used = extents({ full: 1000, half: 500, little: 299, enough: 300 })
    const kept = packsToBuildOn(
      used,
      rows({ full: 1000, half: 1000, little: 1000, enough: 1000, none: 5 }),
    )
    expect([...kept].toSorted()).toEqual(['enough', 'full', 'half'])
  })

  test('the smaller half goes when they are too many', () => {
    const sizes = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`p${at}`, 100 * (at + 1)]),
    )
    const kept = packsToBuildOn(extents(sizes), rows(sizes))
    expect([...kept].toSorted()).toEqual(['p5', 'p6', 'p7', 'p8', 'p9'])
  })

  test('all packs of large content stay', () => {
    const size = 8 * 1024 * 1024
    const sizes = Object.fromEntries(Array.from({ length: 63 }, (_, at) => [`p${at}`, size]))
    expect(packsToBuildOn(extents(sizes), rows(sizes)).size).toBe(63)
  })
})
