import type { IncomingMessage } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { QueryError } from './query-error.js'

/** Largest request body in bytes, counted after inflating. */
export const maxBodyBytes = 64 * 1024 * 1024

/** Reads a whole request body, inflating gzip; throws a QueryError above maxBodyBytes. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of inflated(request)) {
      size += chunk.length
      if (size > maxBodyBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof QueryError) throw error
    throw new QueryError(33, 'CANNOT_READ_ALL_DATA', 'The request body could not be read.')
  }
  return Buffer.concat(chunks, size)
}

function inflated(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  // Leaving the loop early must not destroy the socket that still carries the answer.
  const source = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false })
  if (encoding === 'identity') return source
  if (encoding === 'gzip') return pipeline(source, createGunzip(), () => {})
  throw new QueryError(
    48,
    'NOT_IMPLEMENTED',
    `Content-Encoding ${encoding} is not supported: send gzip.`,
  )
}

function tooLarge(): QueryError {
  return new QueryError(
    307,
    'TOO_MANY_BYTES',
    `The request body is larger than ${maxBodyBytes} bytes.`,
  )
}
