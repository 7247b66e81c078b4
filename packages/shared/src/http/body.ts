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

export const tooLarge = (limit: number) =>
  new Problem('body_too_large', {
    detail: `The body is larger than ${limit} bytes.`,
    extensions: { limit_bytes: limit },
  })

// More than any honest client still has on its way when it is refused.
const mostThrownAway = 16 * 1_048_576
const longestThrownAwayMs = 10_000
const bodyDeadlineMs = 30_000

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** A body has to be there within half a minute, unless its route takes it as it comes. */
export function startBodyDeadline(request: IncomingMessage, onLate: () => void): void {
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers
  if ((length === undefined || length === '0') && transfer === undefined) return
  const timer = setTimeout(onLate, bodyDeadlineMs)
  deadlines.set(request, timer)
  const lift = () => liftBodyDeadline(request)
  request.once('end', lift).once('close', lift)
}

export const liftBodyDeadline = (request: IncomingMessage): void =>
  clearTimeout(deadlines.get(request))

/**
 * Reads on and keeps nothing: a connection closed on a client that still sends would cost it the answer.
 * Who sends without end is cut off.
 */
export function throwAway(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  let size = 0
  const timer = setTimeout(() => request.destroy(), longestThrownAwayMs)
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
  request.removeAllListeners('data')
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > mostThrownAway) request.destroy()
  })
  request.resume()
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

/** Refuses a body of none of these media types, or one that is encoded. */
export function assertTakes({ headers }: IncomingMessage, types: readonly string[]): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const encoding = headers['content-encoding']?.toLowerCase()
  const isTaken = types.includes(type) || types.includes('*/*')
  if (!isTaken) throw new Problem('unsupported_media_type')
  if (encoding !== undefined && encoding !== 'identity') throw new Problem('unsupported_encoding')
}

/** The bytes of a body of one of these media types, as they were sent: what is signed must not be changed. */
export async function readBytesOf(
  request: IncomingMessage,
  types: readonly string[],
  limit: number,
): Promise<Buffer> {
  assertTakes(request, types)
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
