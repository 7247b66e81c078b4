import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './errors.js'

export const checksumAlgorithms = ['crc32', 'sha1', 'sha256'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

const headerPrefix = 'x-amz-checksum-'
const notAValue = ['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type']

/** What was measured of a body: size in bytes, MD5 in hex (the ETag), the other checksums in base64. */
export interface Digests {
  size: number
  md5: string
  checksums: { crc32: string } & Partial<Record<ChecksumAlgorithm, string>>
}

export interface Tally {
  add(chunk: Buffer): void
  finish(): Digests
}

/** Measures a body while it flows by; CRC32 always, so that every download can be checked. */
export function createTally(wanted: ReadonlySet<ChecksumAlgorithm>): Tally {
  const md5 = createHash('md5')
  const hashes = new Map<ChecksumAlgorithm, Hash>()
  for (const algorithm of wanted) {
    if (algorithm !== 'crc32') hashes.set(algorithm, createHash(algorithm))
  }
  let size = 0
  let crc = 0
  return {
    add(chunk) {
      size += chunk.length
      crc = crc32(chunk, crc)
      md5.update(chunk)
      for (const hash of hashes.values()) hash.update(chunk)
    },
    finish() {
      const checksums: Digests['checksums'] = { crc32: base64Crc(crc) }
      for (const [algorithm, hash] of hashes) checksums[algorithm] = hash.digest('base64')
      return { size, md5: md5.digest('hex'), checksums }
    },
  }
}

function base64Crc(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

/** The checksums a set of headers or trailers claims; one we cannot verify is refused, not believed. */
export function claimedChecksums(
  headers: ReadonlyMap<string, string>,
): Map<ChecksumAlgorithm, string> {
  const claimed = new Map<ChecksumAlgorithm, string>()
  for (const [name, value] of headers) {
    if (name.startsWith(headerPrefix) && !notAValue.includes(name)) {
      claimed.set(checksumAlgorithm(name), value)
    }
  }
  return claimed
}

/** The algorithm of a header or trailer name such as `x-amz-checksum-crc32`, or `NotImplemented`. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const wanted = name.toLowerCase().replace(headerPrefix, '')
  const found = checksumAlgorithms.find(algorithm => algorithm === wanted)
  if (!found) throw new S3Error('NotImplemented', `Checksum ${wanted} is not implemented.`)
  return found
}

/** Stored checksums as response headers. */
export function checksumHeaders(checksums: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checksums).map(([algorithm, value]) => [headerPrefix + algorithm, value]),
  )
}
