import { createCipheriv, createHash } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshPlace, type MemoryPackTools, memoryPackTools } from '../../../testing/pack-tools.js'
import { openContent, storeContent } from './packs.js'

const mebibyte = 1024 * 1024
const size = 500_000_000
let directory: string
let tools: MemoryPackTools
let inFlight = 0
let mostInFlight = 0

// On a disk, so that this process holds no more than what is on its way.
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'aethex-packs-'))
  tools = memoryPackTools()
  const fileOf = (key: string) => path.join(directory, path.basename(key))
  tools.blobs.put = async (key, bytes) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight)
    await writeFile(fileOf(key), bytes)
    inFlight--
  }
  tools.blobs.getRange = async (key, start, end) => {
    const file = await open(fileOf(key))
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    await file.close()
    return buffer.subarray(0, bytesRead)
  }
})
afterEach(() => rm(directory, { recursive: true }))

/** Bytes that cannot be compressed, in buffers such as a socket hands out. */
function* noise(): Iterable<Buffer> {
  const key = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16))
  const zeros = Buffer.alloc(64 * 1024)
  for (let at = 0; at < size; at += zeros.length) yield key.update(zeros.subarray(0, size - at))
}

/** Hands bytes on, and looks at the memory beside the JavaScript heap. */
function watched() {
  const begun = process.memoryUsage().arrayBuffers
  const seen = { mostMebibytes: 0 }
  async function* through(bytes: Iterable<Buffer> | AsyncIterable<Buffer>) {
    for await (const piece of bytes) {
      const held = process.memoryUsage().arrayBuffers - begun
      seen.mostMebibytes = Math.max(seen.mostMebibytes, held / mebibyte)
      yield piece
    }
  }
  return { seen, through }
}

test('500 MB pass through in bounded memory, both ways', async () => {
  const place = freshPlace()
  const writing = watched()
  const version = await storeContent(tools, place, writing.through(noise()), { sizeHint: size })
  expect(version.size).toBe(size)
  expect(version.storedSize).toBeLessThan(size * 1.001)
  expect(mostInFlight).toBe(1)
  expect(writing.seen.mostMebibytes).toBeLessThan(160)

  const reading = watched()
  const sum = createHash('sha256')
  const back = openContent(tools, place, version, version.newPacks)
  for await (const piece of reading.through(back)) sum.update(piece)
  expect(sum.digest().equals(version.hash)).toBe(true)
  expect(reading.seen.mostMebibytes).toBeLessThan(100)
}, 120_000)
