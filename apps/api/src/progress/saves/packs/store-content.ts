import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type KnownChunks, knownChunks } from './base.js'
import type { BaseVersion, PackTools, Place, StoredContent, StoreOptions } from './content.js'
import { type Cutter, cutWhole, openCutter } from './cutter.js'
import { type PackWriter, packWriter } from './pack-writer.js'
import { decodeRecipe, encodeRecipe, packsOf, type Recipe } from './recipe.js'
import { openWeaver, type Weaver } from './weaver.js'

/** Up to here content is one block of a pack of its own: cutting it would cost more than it could spare. */
export const smallBytes = 16 * 1024
// How much is cut and hashed before others have their turn: about 3 ms.
const stepBytes = 1024 * 1024

const mebibyte = 1024 * 1024
/*
 * Usual lengths of chunks, as binary logarithms. A version costs the chunks that an edit touches, and each chunk 18
 * bytes in a table. Fifty versions of a 1 MB document take 363 KB with chunks of 1 KiB and 397 KB with 2 KiB (without
 * a cached base 538 KB; 195 KB of each is the first version). Larger content is cut less finely, so that a list of
 * chunks stays below 150 KB up to 500 MB.
 */
const finest = 10
const grades = [
  { below: 4 * mebibyte, chunkBits: finest },
  { below: 64 * mebibyte, chunkBits: 14 },
  { below: 4096 * mebibyte, chunkBits: 16 },
]
const coarsest = 18
const sizeUnknown = 16 * mebibyte

const bitsFor = (size: number) => grades.find(({ below }) => size < below)?.chunkBits ?? coarsest

/** Content cut otherwise than its base shares nothing with it: so a size near a border keeps to the base's grade. */
function chunkBitsFor(size: number, base: StoreOptions['base']): number {
  const before = base === undefined ? 0 : decodeRecipe(base.recipe).chunkBits
  const isNear = bitsFor(size / 2) <= before && before <= bitsFor(size * 2)
  return isNear ? before : bitsFor(size)
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

function* stepsOf(bytes: Uint8Array): Iterable<Buffer> {
  const buffer = asBuffer(bytes)
  for (let at = 0; at < buffer.length; at += stepBytes) yield buffer.subarray(at, at + stepBytes)
}

async function hashOf(content: Buffer): Promise<Buffer> {
  const sum = createHash('sha256')
  let isFirst = true
  for (const step of stepsOf(content)) {
    if (!isFirst) await setImmediate()
    isFirst = false
    sum.update(step)
  }
  return sum.digest()
}

/** The base once more; what was put meanwhile is left to the sweeper. */
const unchanged = (base: BaseVersion): StoredContent => ({
  hash: base.hash,
  size: base.size,
  recipe: base.recipe,
  newPacks: [],
  reusedPacks: packsOf(base.recipe),
  storedSize: 0,
})

/** Whether nothing of a base was met damaged. */
const isWholeStill = (tools: PackTools, base: BaseVersion | undefined): base is BaseVersion =>
  base !== undefined && !packsOf(base.recipe).some(pack => tools.blocks.isSpoilt(pack))

async function openWeaving(
  tools: PackTools,
  place: Place,
  writer: PackWriter,
  { base, sizeHint = base?.size ?? sizeUnknown }: StoreOptions,
): Promise<{ chunkBits: number; weaver: Weaver }> {
  const chunkBits = chunkBitsFor(sizeHint, base)
  const known: KnownChunks = base === undefined ? new Map() : await knownChunks(tools, place, base)
  const isTrimming = base !== undefined && chunkBits === finest
  return { chunkBits, weaver: openWeaver(tools, place, known, writer, isTrimming) }
}

/** Puts what is left to be put; `extents` is what the content is made of. */
async function finish(
  writer: PackWriter,
  { hash, size, chunkBits, extents }: { hash: Buffer; size: number } & Recipe,
): Promise<StoredContent> {
  const newPacks = await writer.end(size)
  const recipe = encodeRecipe({ chunkBits, extents })
  const isNew = new Set(newPacks.map(row => row.pack_id))
  return {
    hash,
    size,
    recipe,
    newPacks,
    reusedPacks: packsOf(recipe).filter(pack => !isNew.has(pack)),
    storedSize: newPacks.reduce((total, row) => total + row.stored_size, 0),
  }
}

async function openWriter(tools: PackTools, place: Place, { beforePut }: StoreOptions) {
  return packWriter(tools, place, await tools.dataKeys.current(place.environmentId), beforePut)
}

/** Cuts a stream and writes what is not known. */
async function writeStream(
  tools: PackTools,
  place: Place,
  content: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<StoredContent> {
  const writer = await openWriter(tools, place, options)
  const sum = createHash('sha256')
  let size = 0
  let cutting: { chunkBits: number; weaver: Weaver; cutter: Cutter } | undefined
  let waiting: Buffer[] = []
  for await (const bytes of content) {
    for (const step of stepsOf(bytes)) {
      sum.update(step)
      size += step.length
      waiting.push(step)
      if (size <= smallBytes) continue
      if (cutting === undefined) {
        const weaving = await openWeaving(tools, place, writer, options)
        cutting = { ...weaving, cutter: openCutter(weaving.chunkBits) }
      }
      for (const part of waiting) cutting.weaver.take(cutting.cutter.take(part))
      waiting = []
      await writer.settle(size)
    }
  }
  cutting?.weaver.take(cutting.cutter.end())
  const extents = cutting?.weaver.end() ?? (size > 0 ? [writer.add(waiting, size)] : [])
  return finish(writer, {
    hash: sum.digest(),
    size,
    chunkBits: cutting?.chunkBits ?? 0,
    extents,
  })
}

/** Cuts content with the help of how the slot's last content was cut, and writes what is not known. */
async function writeWhole(
  tools: PackTools,
  place: Place,
  content: Buffer,
  options: StoreOptions,
  hash: Buffer,
): Promise<StoredContent> {
  const writer = await openWriter(tools, place, options)
  const size = content.length
  if (size <= smallBytes) {
    const extents = size > 0 ? [writer.add([content], size)] : []
    return finish(writer, { hash, size, chunkBits: 0, extents })
  }
  const { chunkBits, weaver } = await openWeaving(tools, place, writer, options)
  const chunks: { id: string; length: number }[] = []
  let done = 0
  let turnEnds = stepBytes
  for (const chunk of cutWhole(content, chunkBits, tools.recent.of(place).cut)) {
    weaver.take([chunk])
    chunks.push({ id: chunk.id, length: chunk.length })
    done += chunk.length
    if (done < turnEnds) continue
    turnEnds = done + stepBytes
    await writer.settle(done)
    await setImmediate()
  }
  const extents = weaver.end()
  tools.recent.keep(place, { cut: { bytes: content, chunkBits, chunks } })
  return finish(writer, { hash, size, chunkBits, extents })
}

/**
 * Stores content in packs: what the base holds already is only pointed at. Returns when every object lies in the
 * store; a write that fails in the middle leaves objects that no row names, and nothing else.
 * Throws `unavailable` when the store does not answer, and whatever the content or `beforePut` throws.
 * @param content its buffers must not change until this is over
 */
export async function storeContent(
  tools: PackTools,
  place: Place,
  content: Buffer | AsyncIterable<Uint8Array>,
  options: StoreOptions = {},
): Promise<StoredContent> {
  const { base } = options
  if (!Buffer.isBuffer(content)) {
    const stored = await writeStream(tools, place, content, options)
    return isWholeStill(tools, base) && base.hash.equals(stored.hash) ? unchanged(base) : stored
  }
  const hash = await hashOf(content)
  if (isWholeStill(tools, base) && base.hash.equals(hash)) return unchanged(base)
  return writeWhole(tools, place, content, { sizeHint: content.length, ...options }, hash)
}
