/** Reads what a `byteWriter` wrote. Throws a RangeError where the bytes end too early. */
export interface ByteReader {
  isAtEnd(): boolean
  number(): number
  bytes(length: number): Buffer
  /** All that is left. */
  rest(): Buffer
}

export function byteReader(buffer: Buffer): ByteReader {
  let at = 0
  return {
    isAtEnd: () => at >= buffer.length,
    number() {
      let value = 0
      for (let shift = 0; shift < 32; shift += 7) {
        const byte = buffer[at++]
        if (byte === undefined) throw new RangeError('the bytes end within a number')
        value |= (byte & 127) << shift
        if (byte < 128) return value >>> 0
      }
      throw new RangeError('a number is too long')
    },
    bytes(length) {
      if (at + length > buffer.length) throw new RangeError('the bytes end too early')
      at += length
      return buffer.subarray(at - length, at)
    },
    rest: () => buffer.subarray(at),
  }
}
