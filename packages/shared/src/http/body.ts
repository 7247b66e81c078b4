import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Problem } from '../errors/index.js'

export const defaultBodyLimit = 64 * 1024

const inflate = promisify(gunzip)

function assertJson(contentType: string | undefined): void {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = parameters.map(p => p.trim()).find(p => p.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  if (type?.trim() !== 'application/json' || !isUtf8) throw new Problem('unsupported_media_type')
}

const tooLarge = (limit: number) =>
  new Problem('body_too_large', {
    detail: `The body is larger than ${limit} bytes.`,
    extensions: { limit_bytes: limit },
  })

// More than any honest client still has on its way when it is refused.
const mostThrownAway = 16 * 1_048_576

/**
 * Reads on and keeps nothing: a connection closed on a client that still sends would cost it the answer.
 * Who sends without end is cut off.
 */
function throwAway(request: IncomingMessage): void {
  let size = 0
  request.removeAllListeners('data')
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > mostThrownAway) request.destroy()
  })
}

/** The bytes of a body as they were sent, or `body_too_large`. */
export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      throwAway(request)
      reject(tooLarge(limit))
      return
    }
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        throwAway(request)
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    )
    const endedEarly = () =>
      reject(new Problem('malformed_request', { detail: 'The body ended early.' }))
    request.on('error', endedEarly)
    request.on('close', () => {
      if (!request.complete) endedEarly()
    })
  })
}

async function decode(bytes: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw new Problem('unsupported_encoding')
  try {
    return await inflate(bytes, { maxOutputLength: limit })
  } catch (error) {
    const isBomb =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw isBomb
      ? tooLarge(limit)
      : new Problem('malformed_request', { detail: 'The body is not valid gzip.' })
  }
}

/** The bytes of a body of one of these media types, as they were sent: what is signed must not be changed. */
export async function readBytesOf(
  request: IncomingMessage,
  types: readonly string[],
  limit: number,
): Promise<Buffer> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const encoding = request.headers['content-encoding']?.toLowerCase()
  if (!types.includes(type)) throw new Problem('unsupported_media_type')
  if (encoding !== undefined && encoding !== 'identity') throw new Problem('unsupported_encoding')
  return readBytes(request, limit)
}

/** The bytes of a JSON body of at most `limit`, before and after inflating. */
export async function readJsonBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  assertJson(request.headers['content-type'])
  const received = await readBytes(request, limit)
  const bytes = await decode(received, request.headers['content-encoding']?.toLowerCase(), limit)
  if (bytes.length === 0) throw new Problem('malformed_json', { detail: 'The body is empty.' })
  return bytes
}
