/** What stands in clear before a sealed frame (RFC 9605 §4.3): which key, and which number under that key. */
export interface FrameHeader {
  keyId: number
  counter: number
  /** Of the header itself, in bytes. */
  length: number
}

/** Big-endian and as short as can be; none for what fits into the first byte. */
function bytesOf(value: number): number[] {
  if (value < 8) return []
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return bytes
}

/** Half of the first byte: a number below eight by itself, or how many bytes hold it. */
const halfOf = (value: number, bytes: readonly number[]) =>
  value < 8 ? value : 8 | (bytes.length - 1)

/** Both numbers are whole, from 0 to `Number.MAX_SAFE_INTEGER`. */
export function writeHeader(keyId: number, counter: number): Uint8Array<ArrayBuffer> {
  const key = bytesOf(keyId)
  const count = bytesOf(counter)
  return Uint8Array.of((halfOf(keyId, key) << 4) | halfOf(counter, count), ...key, ...count)
}

/** The header that a frame begins with; undefined when there is none, or a number of it is past counting. */
export function readHeader(frame: Uint8Array): FrameHeader | undefined {
  const [first] = frame
  if (first === undefined) return undefined
  let at = 1
  const read = (half: number): number => {
    if (half < 8) return half
    const end = at + (half & 7) + 1
    let value = 0
    for (; at < end; at++) value = value * 256 + (frame[at] ?? Number.NaN)
    return value
  }
  const keyId = read(first >> 4)
  const counter = read(first & 15)
  if (!Number.isSafeInteger(keyId) || !Number.isSafeInteger(counter)) return undefined
  return { keyId, counter, length: at }
}
