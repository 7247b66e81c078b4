import { beforeEach, describe, expect, test } from 'vitest'
import { evolvingSave } from '../../../testing/evolving-save.js'
import { freshPlace, type MemoryPackTools, memoryPackTools } from '../../../testing/pack-tools.js'
import type { PackRow, Place, StoredContent } from './content.js'
import { packKey } from './pack-store.js'
import {
  openContent,
  openSmall,
  readContent,
  resealPack,
  sealSmall,
  storeContent,
} from './packs.js'

const content = evolvingSave(100_000).bytes()
let tools: MemoryPackTools
let place: Place
let stored: StoredContent

beforeEach(async () => {
  tools = memoryPackTools()
  place = freshPlace()
  stored = await storeContent(tools, place, content)
})

const onlyPack = ({ newPacks }: StoredContent): PackRow => {
  const [row] = newPacks
  if (row === undefined || newPacks.length > 1) throw new Error('expected one pack')
  return row
}
const keyOf = (of: Place, version: StoredContent) => packKey(of, onlyPack(version).pack_id)
const bytesOf = (key: string) => tools.blobs.objects.get(key) ?? Buffer.alloc(0)
const read = () => readContent(tools, place, stored, stored.newPacks)

const expectAlarm = async (reading: Promise<unknown>) => {
  await expect(reading).rejects.toMatchObject({ code: 'save_corrupt', status: 502 })
  expect(tools.alarms).toHaveLength(1)
  expect(tools.alarms[0]).toContain(place.playerId)
}

describe('an object is refused, and an alarm is raised, when it', () => {
  test('is gone', async () => {
    tools.blobs.objects.clear()
    await expectAlarm(read())
  })

  test.each([0, 1, 15, 1000])('F14: is cut down to %i bytes', async length => {
    const key = keyOf(place, stored)
    tools.blobs.objects.set(key, bytesOf(key).subarray(0, length))
    await expectAlarm(read())
  })

  test.each([0, 100, -1, -16, -17])('F14: has another byte at %i', async at => {
    const bytes = bytesOf(keyOf(place, stored))
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = (bytes[index] ?? 0) ^ 1
    await expectAlarm(read())
  })

  test.each([
    ['another player', { playerId: freshPlace().playerId }],
    ['another environment', { environmentId: freshPlace().environmentId }],
    ['another slot', { saveId: 'slot2' }],
    ['the same slot', {}],
  ])('F14: is a whole one of %s', async (_whose, other) => {
    const elsewhere = { ...place, ...other }
    const theirs = await storeContent(tools, elsewhere, content)
    tools.blobs.objects.set(keyOf(place, stored), bytesOf(keyOf(elsewhere, theirs)))
    await expectAlarm(read())
  })
})

test('F14: blocks of a pack that changed places are refused', async () => {
  const large = await storeContent(tools, place, Buffer.alloc(3_000_000, content))
  const [row] = large.newPacks
  const key = packKey(place, row?.pack_id ?? '')
  const bytes = bytesOf(key)
  const middle = Math.floor(bytes.length / 2)
  tools.blobs.objects.set(key, Buffer.concat([bytes.subarray(middle), bytes.subarray(0, middle)]))
  await expectAlarm(readContent(tools, place, large, large.newPacks))
})

test('a row that claims another slot, codec or length does not open', async () => {
  const row = onlyPack(stored)
  const blocks = Buffer.from(row.blocks)
  blocks[1] = 0
  for (const lying of [
    { ...row, born_in: 'slot2' },
    { ...row, blocks },
    { ...row, blocks: Buffer.alloc(0) },
  ]) {
    const reading = readContent(tools, place, stored, [lying])
    await expect(reading).rejects.toMatchObject({ code: 'save_corrupt' })
  }
  await expect(readContent(tools, place, stored, [])).rejects.toMatchObject({
    code: 'save_corrupt',
  })
})

test('content with another hash is refused before its last bytes are handed out', async () => {
  const lying = { ...stored, hash: Buffer.alloc(32) }
  let handedOut = 0
  const reading = (async () => {
    for await (const { length } of openContent(tools, place, lying, stored.newPacks))
      handedOut += length
  })()
  await expectAlarm(reading)
  expect(handedOut).toBeLessThan(content.length)
})

test('a store that does not answer is unavailable, and no alarm', async () => {
  tools.blobs.isOut = true
  await expect(read()).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  const writing = storeContent(tools, place, content)
  await expect(writing).rejects.toMatchObject({ code: 'unavailable' })
  expect(tools.alarms).toEqual([])
})

test('a changed list of chunks raises an alarm and is not built on; the new version is whole', async () => {
  const row = onlyPack(stored)
  const chunks = Buffer.from(row.chunks)
  chunks[40] = (chunks[40] ?? 0) ^ 1
  const base = { ...stored, packs: [{ ...row, chunks }] }
  const next = await storeContent(tools, place, Buffer.concat([content, content]), { base })
  expect(tools.alarms).toHaveLength(1)
  expect(next.reusedPacks).toEqual([])
  const back = await readContent(tools, place, next, next.newPacks)
  expect(back.equals(Buffer.concat([content, content]))).toBe(true)
})

describe('a pack in another account', () => {
  const later = evolvingSave(100_000, 2).bytes()

  test('reads there as it did here, can be built on, and is no longer tied to where it came from', async () => {
    const to = { ...freshPlace(), environmentId: place.environmentId, saveId: 'slot1-2' }
    const copy = await resealPack(tools, place, to, onlyPack(stored))
    expect(copy).toMatchObject({ pack_id: onlyPack(stored).pack_id, born_in: 'slot1-2' })
    tools.blobs.objects.delete(keyOf(place, stored))
    expect((await readContent(tools, to, stored, [copy])).equals(content)).toBe(true)
    const edited = Buffer.concat([content, later])
    const base = { ...stored, packs: [copy] }
    const next = await storeContent(tools, to, edited, { base })
    expect(next.reusedPacks).toEqual([copy.pack_id])
    const rows = [copy, ...next.newPacks]
    expect((await readContent(tools, to, next, rows)).equals(edited)).toBe(true)
  })

  test('is the same bytes when it is copied again, and other bytes than here', async () => {
    const to = { ...freshPlace(), environmentId: place.environmentId }
    const once = await resealPack(tools, place, to, onlyPack(stored))
    const bytes = Buffer.from(bytesOf(keyOf(to, stored)))
    expect(await resealPack(tools, place, to, onlyPack(stored))).toEqual(once)
    expect(bytesOf(keyOf(to, stored)).equals(bytes)).toBe(true)
    expect(bytes.equals(bytesOf(keyOf(place, stored)))).toBe(false)
  })

  test('reads also when it was copied without its list of chunks', async () => {
    const to = { ...freshPlace(), environmentId: place.environmentId, saveId: 'slot1' }
    const row = { ...onlyPack(stored), chunks: Buffer.alloc(0) }
    const copy = await resealPack(tools, place, to, row)
    expect(copy).toEqual(row)
    expect((await readContent(tools, to, stored, [copy])).equals(content)).toBe(true)
  })

  test('is not made of damaged bytes', async () => {
    bytesOf(keyOf(place, stored)).fill(0)
    await expectAlarm(resealPack(tools, place, freshPlace(), onlyPack(stored)))
  })
})

test('what is kept beside saves comes back, and only where it belongs', async () => {
  const picture = Buffer.from('a picture')
  const row = await sealSmall(tools, place, picture)
  expect((await openSmall(tools, place, row)).equals(picture)).toBe(true)
  const theirs = { ...place, playerId: freshPlace().playerId }
  tools.blobs.objects.set(packKey(theirs, row.pack_id), bytesOf(packKey(place, row.pack_id)))
  await expect(openSmall(tools, theirs, row)).rejects.toMatchObject({ code: 'save_corrupt' })
  const tooLarge = sealSmall(tools, place, Buffer.alloc(1_048_577))
  await expect(tooLarge).rejects.toMatchObject({ code: 'body_too_large' })
})
