import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { binaryOpcode, textOpcode } from '../protocol/frame.js'

// RFC 6455 §5.2. Other first bytes belong to what few clients send: parts of messages, extensions, the close.
const wholeText = 0x80 | textOpcode
const wholeBinary = 0x80 | binaryOpcode
const ping = 0x89
const pong = 0x8a
const maskedBit = 0x80
const longestControl = 125
/** Says that two bytes of length follow; what stands above it is more than anybody may send. */
const twoByteLength = 126
const mostHeadBytes = 8

/** A masked frame that stands alone; not all of its payload may be there yet. */
interface LoneFrame {
  kind: 'text' | 'binary' | 'control'
  from: number
  to: number
}

const kinds = new Map<number, LoneFrame['kind']>([
  [wholeText, 'text'],
  [wholeBinary, 'binary'],
  [ping, 'control'],
  [pong, 'control'],
])

/** The frame that begins at `at`; `odd` when it is none of the lone ones, undefined while its head is not all there. */
function frameAt(bytes: Buffer, at: number): LoneFrame | 'odd' | undefined {
  const left = bytes.length - at
  if (left < 2) return undefined
  const kind = kinds.get(bytes[at] ?? 0)
  const length = (bytes[at + 1] ?? 0) - maskedBit
  if (kind === undefined || length < 0 || length > twoByteLength) return 'odd'
  if (kind === 'control' && length > longestControl) return 'odd'
  if (length < twoByteLength) {
    return left < 6 ? undefined : { kind, from: at + 6, to: at + 6 + length }
  }
  if (left < mostHeadBytes) return undefined
  const from = at + mostHeadBytes
  return { kind, from, to: from + bytes.readUInt16BE(at + 2) }
}

/** Takes off the mask, which are the four bytes before; nobody else reads them. */
function unmask(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    bytes[at] = (bytes[at] ?? 0) ^ (bytes[from - 4 + ((at - from) & 3)] ?? 0)
  }
}

const isReader = (value: unknown): value is (chunk: Buffer) => void => typeof value === 'function'

/**
 * Reads what nearly all is that clients send, text and bytes in one frame each, without the streams that every chunk
 * passes within ws: they cost more than all the rest of the reading. Pings and pongs ws reads as ever, and from the
 * first frame that a client has no need to send it reads everything: the protocol's rules stay there.
 */
export function readPlainFrames(
  socket: Socket,
  onPayload: (payload: Buffer, isBinary: boolean) => void,
): void {
  const [readByWs, ...others] = socket.listeners('data')
  if (!isReader(readByWs) || others.length > 0) return
  /** The beginning of a frame, in the chunks it came in. */
  let begun: Buffer[] = []
  let missing = 0

  const keep = (bytes: Buffer, size: number) => {
    begun = [bytes]
    missing = size - bytes.length
  }

  const handForGood = (bytes: Buffer) => {
    socket.off('data', receive)
    socket.on('data', readByWs)
    readByWs.call(socket, bytes)
  }

  const read = (bytes: Buffer) => {
    let at = 0
    while (at < bytes.length) {
      const rest = at === 0 ? bytes : bytes.subarray(at)
      const frame = frameAt(bytes, at)
      if (frame === undefined) return keep(rest, rest.length + 1)
      if (frame === 'odd') return handForGood(rest)
      const { kind, from, to } = frame
      if (to > bytes.length) return keep(rest, to - at)
      if (kind === 'control') readByWs.call(socket, bytes.subarray(at, to))
      else {
        unmask(bytes, from, to)
        const payload = bytes.subarray(from, to)
        if (kind === 'text' && !isUtf8(payload)) {
          // As it came, for ws to refuse.
          unmask(bytes, from, to)
          return handForGood(rest)
        }
        onPayload(payload, kind === 'binary')
      }
      at = to
    }
  }

  const receive = (chunk: Buffer) => {
    if (missing === 0) return read(chunk)
    begun.push(chunk)
    missing -= chunk.length
    if (missing > 0) return
    const bytes = Buffer.concat(begun)
    begun = []
    missing = 0
    read(bytes)
  }

  socket.off('data', readByWs)
  socket.on('data', receive)
}
