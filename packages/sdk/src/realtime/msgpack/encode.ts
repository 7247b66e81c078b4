const utf8 = new TextEncoder()

/** A buffer that grows as it is written to. */
function createWriter() {
  let bytes = new Uint8Array(256)
  let view = new DataView(bytes.buffer)
  let length = 0

  function reserve(count: number): number {
    const at = length
    length += count
    if (length > bytes.length) {
      const grown = new Uint8Array(Math.max(bytes.length * 2, length))
      grown.set(bytes)
      bytes = grown
      view = new DataView(bytes.buffer)
    }
    return at
  }

  // Room is made first: it may put another buffer in the place of this one.
  const put = (size: number, set: (at: number) => void) => set(reserve(size))
  return {
    byte: (value: number) => put(1, at => view.setUint8(at, value)),
    uint16: (value: number) => put(2, at => view.setUint16(at, value)),
    uint32: (value: number) => put(4, at => view.setUint32(at, value)),
    int64: (value: number) => put(8, at => view.setBigInt64(at, BigInt(value))),
    float64: (value: number) => put(8, at => view.setFloat64(at, value)),
    raw: (value: Uint8Array) => put(value.length, at => bytes.set(value, at)),
    finish: () => bytes.buffer.slice(0, length),
  }
}

type Writer = ReturnType<typeof createWriter>

/** A length behind the format byte for its size; `fix` is the short form for lengths below `fixLimit`. */
function writeLength(
  out: Writer,
  length: number,
  fix: number,
  fixLimit: number,
  formats: readonly [byte: number | undefined, short: number, long: number],
): void {
  const [byte, short, long] = formats
  if (length < fixLimit) out.byte(fix | length)
  else if (byte !== undefined && length < 0x100) {
    out.byte(byte)
    out.byte(length)
  } else if (length < 0x10000) {
    out.byte(short)
    out.uint16(length)
  } else {
    out.byte(long)
    out.uint32(length)
  }
}

function writePositive(out: Writer, value: number): void {
  if (value < 0x80) out.byte(value)
  else if (value < 0x100) {
    out.byte(0xcc)
    out.byte(value)
  } else if (value < 0x10000) {
    out.byte(0xcd)
    out.uint16(value)
  } else if (value < 0x100000000) {
    out.byte(0xce)
    out.uint32(value)
  } else {
    out.byte(0xcf)
    out.int64(value)
  }
}

// The setters keep the low bits, which is two's complement.
function writeNegative(out: Writer, value: number): void {
  if (value >= -0x20) out.byte(value)
  else if (value >= -0x80) {
    out.byte(0xd0)
    out.byte(value)
  } else if (value >= -0x8000) {
    out.byte(0xd1)
    out.uint16(value)
  } else if (value >= -0x80000000) {
    out.byte(0xd2)
    out.uint32(value)
  } else {
    out.byte(0xd3)
    out.int64(value)
  }
}

function writeNumber(out: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) {
    out.byte(0xcb)
    out.float64(value)
  } else if (value >= 0) writePositive(out, value)
  else writeNegative(out, value)
}

function writeString(out: Writer, value: string): void {
  const bytes = utf8.encode(value)
  writeLength(out, bytes.length, 0xa0, 32, [0xd9, 0xda, 0xdb])
  out.raw(bytes)
}

function writeObject(out: Writer, value: object): void {
  if (value instanceof Uint8Array) {
    writeLength(out, value.length, 0, 0, [0xc4, 0xc5, 0xc6])
    out.raw(value)
  } else if (Array.isArray(value)) {
    writeLength(out, value.length, 0x90, 16, [undefined, 0xdc, 0xdd])
    for (const item of value) write(out, item)
  } else {
    // As in JSON, a field that is undefined is not there.
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    writeLength(out, fields.length, 0x80, 16, [undefined, 0xde, 0xdf])
    for (const [key, field] of fields) {
      writeString(out, key)
      write(out, field)
    }
  }
}

function write(out: Writer, value: unknown): void {
  if (value === null || value === undefined) out.byte(0xc0)
  else if (typeof value === 'boolean') out.byte(value ? 0xc3 : 0xc2)
  else if (typeof value === 'number') writeNumber(out, value)
  else if (typeof value === 'string') writeString(out, value)
  else if (typeof value === 'object') writeObject(out, value)
  else throw new TypeError(`A ${typeof value} has no form in MessagePack.`)
}

/** A value as MessagePack: null, booleans, numbers, strings, Uint8Array, arrays and plain objects. */
export function encode(value: unknown): ArrayBuffer {
  const out = createWriter()
  write(out, value)
  return out.finish()
}
