/** Writes numbers in as few bytes as they need: seven bits a byte, the lowest first, the last without its high bit. */
export interface ByteWriter {
  number(value: number): void
  bytes(value: Uint8Array): void
  done(): Buffer
}

export function byteWriter(): ByteWriter {
  let buffer = Buffer.allocUnsafe(256)
  let length = 0
  const reserve = (more: number) => {
    if (length + more <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + more))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }
  return {
    number(value) {
      reserve(5)
      let rest = value
      while (rest > 127) {
        buffer[length++] = (rest & 127) | 128
        rest >>>= 7
      }
      buffer[length++] = rest
    },
    bytes(value) {
      reserve(value.length)
      buffer.set(value, length)
      length += value.length
    },
    done: () => Buffer.from(buffer.subarray(0, length)),
  }
}
