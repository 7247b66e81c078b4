import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type KnownChunks, knownChunks } from './base.js'
import type { PackTools, Place, StoredContent, StoreOptions } from './content.js'
import { type Cutter, openCutter } from './cutter.js'
import { type PackWriter, packWriter } from './pack-writer.js'
import { decodeRecipe, encodeRecipe, packsOf } from './recipe.js'
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

async function* turnsOf(content: Buffer): AsyncIterable<Buffer> {
  let isFirst = true
  for (const step of stepsOf(content)) {
    if (!isFirst) await setImmediate()
    isFirst = false
    yield step
  }
}

async function hashOf(content: Buffer): Promise<Buffer> {
  const sum = createHash('sha256')
  for await (const bytes of turnsOf(content)) sum.update(bytes)
  return sum.digest()
}

/** The base once more; what was put meanwhile is left to the sweeper. */
const unchanged = (base: NonNullable<StoreOptions['base']>): StoredContent => ({
  hash: base.hash,
  size: base.size,
  recipe: base.recipe,
  newPacks: [],
  reusedPacks: packsOf(base.recipe),
  storedSize: 0,
})

type Base = NonNullable<StoreOptions['base']>

/** Whether nothing of a base was met damaged. */
const isWholeStill = (tools: PackTools, base: Base | undefined): base is Base =>
  base !== undefined && !packsOf(base.recipe).some(pack => tools.blocks.isSpoilt(pack))

interface Cutting {
  chunkBits: number
  cutter: Cutter
  weaver: Weaver
}

async function startCutting(
  tools: PackTools,
  place: Place,
  writer: PackWriter,
  { base, sizeHint = base?.size ?? sizeUnknown }: StoreOptions,
): Promise<Cutting> {
  const chunkBits = chunkBitsFor(sizeHint, base)
  const known: KnownChunks = base === undefined ? new Map() : await knownChunks(tools, place, base)
  const isTrimming = base !== undefined && chunkBits === finest
  const weaver = openWeaver(tools, place, known, writer, isTrimming)
  return { chunkBits, cutter: openCutter(chunkBits), weaver }
}

/** Cuts a stream and writes what is not known. Works out its hash, unless that is known already. */
async function writeStream(
  tools: PackTools,
  place: Place,
  content: AsyncIterable<Uint8Array>,
  options: StoreOptions,
  hash: Buffer | undefined,
): Promise<StoredContent> {
  const dataKey = await tools.dataKeys.current(place.environmentId)
  const writer = packWriter(tools, place, dataKey, options.beforePut)
  const sum = hash === undefined ? createHash('sha256') : undefined
  let size = 0
  let cutting: Cutting | undefined
  let waiting: Buffer[] = []
  for await (const bytes of content) {
    for (const step of stepsOf(bytes)) {
      sum?.update(step)
      size += step.length
      waiting.push(step)
      if (size <= smallBytes) continue
      cutting ??= await startCutting(tools, place, writer, options)
      for (const part of waiting) cutting.weaver.take(cutting.cutter.take(part))
      waiting = []
      await writer.settle(size)
    }
  }
  cutting?.weaver.take(cutting.cutter.end())
  const extents = cutting?.weaver.end() ?? (size > 0 ? [writer.add(waiting, size)] : [])
  const newPacks = await writer.end(size)
  const recipe = encodeRecipe({ chunkBits: cutting?.chunkBits ?? 0, extents })
  const isNew = new Set(newPacks.map(row => row.pack_id))
  return {
    hash: sum?.digest() ?? hash ?? Buffer.alloc(0),
    size,
    recipe,
    newPacks,
    reusedPacks: packsOf(recipe).filter(pack => !isNew.has(pack)),
    storedSize: newPacks.reduce((total, row) => total + row.stored_size, 0),
  }
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
    const stored = await writeStream(tools, place, content, options, undefined)
    return isWholeStill(tools, base) && base.hash.equals(stored.hash) ? unchanged(base) : stored
  }
  const hash = await hashOf(content)
  if (isWholeStill(tools, base) && base.hash.equals(hash)) return unchanged(base)
  const hinted = { sizeHint: content.length, ...options }
  return writeStream(tools, place, turnsOf(content), hinted, hash)
}
