const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a number of `size` bytes and moves on; past the end it throws a RangeError. */
function createReader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const step = (size: number) => {
    at += size
    return at - size
  }
  return {
    uint8: () => view.getUint8(step(1)),
    uint16: () => view.getUint16(step(2)),
    uint32: () => view.getUint32(step(4)),
    uint64: () => Number(view.getBigUint64(step(8))),
    int8: () => view.getInt8(step(1)),
    int16: () => view.getInt16(step(2)),
    int32: () => view.getInt32(step(4)),
    int64: () => Number(view.getBigInt64(step(8))),
    float32: () => view.getFloat32(step(4)),
    float64: () => view.getFloat64(step(8)),
    raw(length: number) {
      if (length > bytes.length - at) throw new RangeError('The message ends too early.')
      return bytes.subarray(step(length), at)
    },
    isAtEnd: () => at === bytes.length,
  }
}

type Reader = ReturnType<typeof createReader>

const readString = (from: Reader, length: number) => utf8.decode(from.raw(length))

function readArray(from: Reader, length: number): unknown[] {
  const items: unknown[] = []
  for (let index = 0; index < length; index++) items.push(read(from))
  return items
}

function readMap(from: Reader, length: number): Record<string, unknown> {
  const map: Record<string, unknown> = {}
  for (let index = 0; index < length; index++) {
    const key = read(from)
    if (typeof key !== 'string' || key === '__proto__') {
      throw new TypeError('A map has a key that is not allowed.')
    }
    map[key] = read(from)
  }
  return map
}

/** The format bytes from 0xc0 to 0xdf that are read; extension types are not. */
const formats: Record<number, (from: Reader) => unknown> = {
  192: () => null,
  194: () => false,
  195: () => true,
  // A copy, so that it does not hold the whole message.
  196: from => from.raw(from.uint8()).slice(),
  197: from => from.raw(from.uint16()).slice(),
  198: from => from.raw(from.uint32()).slice(),
  202: from => from.float32(),
  203: from => from.float64(),
  204: from => from.uint8(),
  205: from => from.uint16(),
  206: from => from.uint32(),
  207: from => from.uint64(),
  208: from => from.int8(),
  209: from => from.int16(),
  210: from => from.int32(),
  211: from => from.int64(),
  217: from => readString(from, from.uint8()),
  218: from => readString(from, from.uint16()),
  219: from => readString(from, from.uint32()),
  220: from => readArray(from, from.uint16()),
  221: from => readArray(from, from.uint32()),
  222: from => readMap(from, from.uint16()),
  223: from => readMap(from, from.uint32()),
}

function read(from: Reader): unknown {
  const format = from.uint8()
  if (format < 0x80) return format
  if (format < 0x90) return readMap(from, format & 0x0f)
  if (format < 0xa0) return readArray(from, format & 0x0f)
  if (format < 0xc0) return readString(from, format & 0x1f)
  if (format >= 0xe0) return format - 0x100
  const readRest = formats[format]
  if (readRest === undefined) throw new TypeError(`The format ${format} is not known.`)
  return readRest(from)
}

/** One value of MessagePack, and nothing behind it. Numbers beyond 2^53 lose their last digits. */
export function decode(bytes: Uint8Array): unknown {
  const from = createReader(bytes)
  const value = read(from)
  if (!from.isAtEnd()) throw new RangeError('Something follows the message.')
  return value
}
