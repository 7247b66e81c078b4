import { createHash } from 'node:crypto'
import { fromTestAddress } from '@aethex/shared/testing'

/** An answer whose body is bytes. */
export interface RawAnswer {
  status: number
  headers: Headers
  bytes: Buffer
}

/** One request below /api/v1 with a body of bytes, or of a stream of them. */
export async function sendBytes(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
): Promise<RawAnswer> {
  const response = await fetch(url, {
    method,
    headers: { ...fromTestAddress, ...headers },
    ...(body === undefined ? {} : { body }),
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  const { status, headers: given } = response
  return { status, headers: given, bytes: Buffer.from(await response.arrayBuffer()) }
}

/** The JSON of an answer, as an object to look into. */
export const jsonOf = ({ bytes }: RawAnswer) => Object(JSON.parse(bytes.toString() || '{}'))

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** A Content-Digest (RFC 9530). */
export const digestOf = (bytes: Uint8Array) => `sha-256=:${sha256(bytes).toString('base64')}:`

const mebibyte = 1_048_576

/** Bytes that no compression makes smaller; the same for the same seed. */
export function noise(size: number, seed = 1): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(size)
  let state = seed >>> 0 || 1
  for (let at = 0; at + 4 <= size; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes.writeInt32LE(state | 0, at)
  }
  return bytes
}

/** So many mebibytes of noise as they come, never all at once in memory, and their SHA-256. */
export function noiseStream(mebibytes: number, seed = 1) {
  const sum = createHash('sha256')
  let at = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at === mebibytes) return controller.close()
      const bytes = noise(mebibyte, seed + at++)
      sum.update(bytes)
      controller.enqueue(bytes)
    },
  })
  return { stream, hash: () => sum.digest() }
}
