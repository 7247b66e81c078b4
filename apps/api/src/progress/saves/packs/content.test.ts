import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evolvingSave, seededRandom } from '../../../testing/evolving-save.js'
import { freshPlace, memoryPackTools, PackRows } from '../../../testing/pack-tools.js'
import type { PackTools, Place, StoredContent } from './content.js'
import {
  hashContent,
  joinRecipes,
  openContent,
  packsOf,
  readContent,
  storeContent,
} from './packs.js'
import { decodeRecipe } from './recipe.js'
import { smallBytes } from './store-content.js'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

const gathered = async (bytes: AsyncIterable<Buffer>) =>
  Buffer.concat(await Readable.from(bytes).toArray())

/** Text and numbers as games write them: it compresses, and nothing in it repeats for long. */
const plainBytes = (size: number, seed: number) => {
  const random = seededRandom(seed)
  const words = Array.from({ length: Math.ceil(size / 8) }, () =>
    random().toString(36).slice(2, 10),
  )
  return Buffer.from(words.join(' ')).subarray(0, size)
}

/** What a recipe says, with packs by their turn instead of their ids. */
const shapeOf = ({ recipe }: StoredContent) => {
  const packs = packsOf(recipe)
  const { chunkBits, extents } = decodeRecipe(recipe)
  return {
    chunkBits,
    extents: extents.map(extent => ({ ...extent, pack: packs.indexOf(extent.pack) })),
  }
}

const splices = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(3000),
    insert: fc.nat(3000),
    seed: fc.nat(),
  }),
  { minLength: 1, maxLength: 4 },
)
type Splices = typeof splices extends fc.Arbitrary<infer T> ? T : never

const edited = (content: Buffer, changes: Splices) =>
  changes.reduce((bytes, { at, remove, insert, seed }) => {
    const from = Math.floor(at * bytes.length)
    return Buffer.concat([
      bytes.subarray(0, from),
      plainBytes(insert, seed),
      bytes.subarray(from + remove),
    ])
  }, content)

async function readsBack(
  tools: PackTools,
  place: Place,
  rows: PackRows,
  stored: StoredContent,
  content: Buffer,
) {
  expect(stored.size).toBe(content.length)
  expect(stored.hash.equals(sha256(content))).toBe(true)
  expect((await readContent(tools, place, stored, rows.of(stored))).equals(content)).toBe(true)
  expect((await gathered(openContent(tools, place, stored, rows.of(stored)))).equals(content)).toBe(
    true,
  )
}

describe.each([
  ['without a cache', 0],
  ['with a cache', 1_000_000],
])('%s', (_how, cacheBytes) => {
  test('content comes back byte for byte, version after version, whatever was edited', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 120_000 }),
        fc.nat(),
        fc.array(splices, { maxLength: 6 }),
        async (size, seed, edits) => {
          const tools = memoryPackTools(cacheBytes)
          const place = freshPlace()
          const rows = new PackRows()
          let content: Buffer = plainBytes(size, seed)
          let stored = await storeContent(tools, place, content)
          rows.keep(stored)
          await readsBack(tools, place, rows, stored, content)
          for (const changes of edits) {
            content = edited(content, changes)
            stored = await storeContent(tools, place, content, {
              base: { ...stored, packs: rows.of(stored) },
            })
            rows.keep(stored)
            await readsBack(tools, place, rows, stored, content)
          }
          expect(tools.alarms).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a range of a version is the same slice of its bytes', async () => {
    const tools = memoryPackTools(cacheBytes)
    const place = freshPlace()
    const rows = new PackRows()
    const first = plainBytes(300_000, 1)
    const before = await storeContent(tools, place, first)
    rows.keep(before)
    const content = edited(first, [{ at: 0.3, remove: 10, insert: 20, seed: 2 }])
    const stored = await storeContent(tools, place, content, {
      base: { ...before, packs: rows.of(before) },
    })
    rows.keep(stored)
    const places = fc.integer({ min: 0, max: content.length + 100 })
    await fc.assert(
      fc.asyncProperty(places, places, async (start, end) => {
        const part = await gathered(
          openContent(tools, place, stored, rows.of(stored), { start, end }),
        )
        expect(part.equals(content.subarray(start, end))).toBe(true)
      }),
    )
  })
})

test.each([
  0,
  1,
  smallBytes,
  smallBytes + 1,
  1_048_576,
  1_048_577,
  4_194_303,
  4_194_304,
  9_000_000,
])('content of %i bytes comes back, whether it can be compressed or not', async size => {
  for (const content of [plainBytes(size, size), randomBytes(size), Buffer.alloc(size)]) {
    const tools = memoryPackTools()
    const place = freshPlace()
    const rows = new PackRows()
    const stored = await storeContent(tools, place, content)
    rows.keep(stored)
    await readsBack(tools, place, rows, stored, content)
    const objects = [...tools.blobs.objects.values()].map(({ length }) => length)
    expect(objects.reduce((sum, length) => sum + length, 0)).toBe(stored.storedSize)
    expect(stored.storedSize).toBeLessThanOrEqual(size * 1.001 + 64)
  }
})

test('however a stream comes in buffers, its recipe is the same', async () => {
  const content = plainBytes(200_000, 7)
  const place = freshPlace()
  const options = { sizeHint: content.length }
  const whole = shapeOf(await storeContent(memoryPackTools(), place, content))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1 }),
      async lengths => {
        async function* split() {
          for (let at = 0, turn = 0; at < content.length; turn++) {
            const length = lengths[turn % lengths.length] ?? 1
            yield Uint8Array.from(content.subarray(at, at + length))
            at += length
          }
        }
        const stored = await storeContent(memoryPackTools(), place, split(), options)
        expect(shapeOf(stored)).toEqual(whole)
        expect(stored.hash.equals(sha256(content))).toBe(true)
      },
    ),
    { numRuns: 25 },
  )
})

test.each([500, 300_000])(
  'content of %i bytes that its base has already puts nothing',
  async size => {
    const tools = memoryPackTools()
    const place = freshPlace()
    const content = plainBytes(size, 3)
    const first = await storeContent(tools, place, content)
    const base = { ...first, packs: first.newPacks }
    const puts = tools.blobs.asked.puts
    for (const again of [
      content,
      Readable.from([content.subarray(0, 100), content.subarray(100)]),
    ]) {
      const stored = await storeContent(tools, place, again, { base })
      const { newPacks, storedSize, recipe, reusedPacks } = stored
      expect({ newPacks, storedSize, recipe }).toEqual({
        newPacks: [],
        storedSize: 0,
        recipe: first.recipe,
      })
      expect(reusedPacks).toEqual(packsOf(first.recipe))
    }
    if (size > smallBytes) expect(tools.blobs.asked.puts).toBe(puts)
  },
)

test('parts that were stored one by one are one version, and its hash is that of them all', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(60_000), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      async (sizes, seed) => {
        const tools = memoryPackTools()
        const place = freshPlace()
        const rows = new PackRows()
        const content = plainBytes(
          sizes.reduce((sum, size) => sum + size, 0),
          seed,
        )
        const recipes: Buffer[] = []
        let at = 0
        for (const size of sizes) {
          const part = content.subarray(at, at + size)
          const stored = await storeContent(tools, place, part, { sizeHint: content.length })
          rows.keep(stored)
          recipes.push(stored.recipe)
          at += size
        }
        const recipe = joinRecipes(recipes)
        const hash = await hashContent(tools, place, { recipe, size: at }, rows.of({ recipe }))
        expect(hash.equals(sha256(content))).toBe(true)
        const back = await readContent(
          tools,
          place,
          { recipe, size: at, hash },
          rows.of({ recipe }),
        )
        expect(back.equals(content)).toBe(true)
      },
    ),
    { numRuns: 20 },
  )
})

test('a range asks the store for the blocks that it touches, and no others', async () => {
  const tools = memoryPackTools()
  const place = freshPlace()
  const content = randomBytes(20_000_000)
  const stored = await storeContent(tools, place, content)
  tools.blobs.asked.bytesRead = 0
  const range = { start: 12_345_678, end: 12_345_690 }
  const part = await gathered(openContent(tools, place, stored, stored.newPacks, range))
  expect(part.equals(content.subarray(range.start, range.end))).toBe(true)
  expect(tools.blobs.asked.bytesRead).toBeLessThan(1_100_000)
})

test('who reads may do with the bytes what they like: the next reader gets them as they were', async () => {
  const tools = memoryPackTools(1_000_000)
  const place = freshPlace()
  const content = plainBytes(10_000, 5)
  const stored = await storeContent(tools, place, content)
  for (let time = 0; time < 2; time++) {
    ;(await readContent(tools, place, stored, stored.newPacks)).fill(0)
    for await (const piece of openContent(tools, place, stored, stored.newPacks)) piece.fill(0)
  }
  expect((await readContent(tools, place, stored, stored.newPacks)).equals(content)).toBe(true)
})

test('a read that is given up half way leaves nothing behind it', async () => {
  const tools = memoryPackTools()
  const place = freshPlace()
  const stored = await storeContent(tools, place, randomBytes(6_000_000))
  for await (const _piece of openContent(tools, place, stored, stored.newPacks)) {
    tools.blobs.isOut = true
    break
  }
  expect(tools.alarms).toEqual([])
})

test('whoever counts bytes is asked before each object, and may refuse it', async () => {
  const tools = memoryPackTools()
  const place = freshPlace()
  const asked: { size: number; storedSize: number }[] = []
  const content = randomBytes(20_000_000)
  await storeContent(tools, place, content, { beforePut: async soFar => void asked.push(soFar) })
  expect(asked).toHaveLength(3)
  expect(asked.at(-1)).toMatchObject({ size: content.length })
  const puts = tools.blobs.asked.puts
  const refusal = storeContent(tools, place, content, {
    beforePut: async ({ size }) => {
      if (size > 10_000_000) throw new Error('enough')
    },
  })
  await expect(refusal).rejects.toThrow('enough')
  expect(tools.blobs.asked.puts - puts).toBeLessThanOrEqual(1)
})

test('a save that grows over the border of a size keeps sharing with its base', async () => {
  const tools = memoryPackTools()
  const place = freshPlace()
  const content = evolvingSave(4_100_000).bytes()
  const small = await storeContent(tools, place, content.subarray(0, 4_000_000))
  const base = { ...small, packs: small.newPacks }
  const stored = await storeContent(tools, place, content.subarray(0, 4_300_000), { base })
  expect(stored.storedSize).toBeLessThan(small.storedSize / 10)
})
