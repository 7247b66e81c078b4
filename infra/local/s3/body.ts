import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { decodeAwsChunked } from './aws-chunked.js'
import {
  type ChecksumAlgorithm,
  checksumAlgorithm,
  claimedChecksums,
  createTally,
  type Digests,
} from './checksums.js'
import { S3Error } from './errors.js'
import type { ReceivedFile } from './objects.js'

const largestObject = 5 * 1024 ** 3
const largestText = 8 * 1024 ** 2

/** The parts of a verified request that describe its body. */
export interface BodySource {
  request: IncomingMessage
  headers: ReadonlyMap<string, string>
  /** `x-amz-content-sha256`: a hex SHA-256, `UNSIGNED-PAYLOAD` or `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. */
  payloadHash: string
}

/** Receives a body into a synced file of the tmp folder; nothing is left behind when it fails. */
export async function receiveFile(tmp: string, source: BodySource): Promise<ReceivedFile> {
  const target = path.join(tmp, randomUUID())
  try {
    const file = await open(target, 'wx')
    try {
      const digests = await receive(source, largestObject, chunk => file.writeFile(chunk))
      await file.sync()
      return { path: target, digests }
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
}

/** Receives a short text body, such as the XML of DeleteObjects. */
export async function receiveText(source: BodySource): Promise<string> {
  const chunks: Buffer[] = []
  await receive(source, largestText, async chunk => {
    chunks.push(chunk)
  })
  return Buffer.concat(chunks).toString('utf8')
}

async function receive(
  { request, headers, payloadHash }: BodySource,
  limit: number,
  write: (chunk: Buffer) => Promise<void>,
): Promise<Digests> {
  const claimed = claimedChecksums(headers)
  const announced = announcedTrailers(headers)
  const wanted = new Set<ChecksumAlgorithm>([...claimed.keys(), ...announced])
  const hashed = /^[0-9a-f]{64}$/.test(payloadHash)
  if (hashed) wanted.add('sha256')

  const trailers = new Map<string, string>()
  // The request must outlive a failure, so that the error can still be answered on its socket.
  const arriving: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  const streaming =
    payloadHash.startsWith('STREAMING-') || headers.get('content-encoding')?.includes('aws-chunked')
  const tally = createTally(wanted)
  let size = 0
  for await (const chunk of streaming ? decodeAwsChunked(arriving, trailers) : arriving) {
    size += chunk.length
    if (size > limit) throw new S3Error('EntityTooLarge')
    tally.add(chunk)
    await write(chunk)
  }

  const digests = tally.finish()
  const length = headers.get('x-amz-decoded-content-length')
  if (streaming && length !== undefined && length !== String(size)) {
    throw new S3Error('IncompleteBody')
  }
  checkMd5(headers.get('content-md5'), digests.md5)
  const sha256 = Buffer.from(digests.checksums.sha256 ?? '', 'base64').toString('hex')
  if (hashed && sha256 !== payloadHash) throw new S3Error('XAmzContentSHA256Mismatch')
  for (const algorithm of announced) {
    if (!trailers.has(`x-amz-checksum-${algorithm}`)) throw new S3Error('MalformedTrailerError')
  }
  for (const [algorithm, value] of [...claimed, ...claimedChecksums(trailers)]) {
    if (digests.checksums[algorithm] !== value) throw new S3Error('BadDigest')
  }
  return digests
}

function announcedTrailers(headers: ReadonlyMap<string, string>): ChecksumAlgorithm[] {
  const names = (headers.get('x-amz-trailer') ?? '').split(',').map(name => name.trim())
  return names.filter(name => name !== '').map(checksumAlgorithm)
}

function checkMd5(claimed: string | undefined, md5: string): void {
  if (claimed === undefined) return
  const bytes = Buffer.from(claimed, 'base64')
  if (bytes.length !== 16) throw new S3Error('InvalidDigest')
  if (bytes.toString('hex') !== md5) throw new S3Error('BadDigest')
}
