import { Problem } from '@aethex/shared/errors'
import { isForbiddenKey, maxJsonDepth } from '@aethex/shared/http'
import { closeCodes, UnreadableFrame } from './close-codes.js'

// A reader of our own: the usual one reserves memory for the lengths a frame claims (nested headers
// of 6 kB took a gigabyte), and keeps the last of two equal keys.

const unreadable = () => new UnreadableFrame(closeCodes.unreadable, 'not MessagePack')
const notJson = () =>
  new Problem('invalid_request', {
    detail: 'Only values that JSON has too are accepted: no binary, no extension, text as keys.',
  })
const unsafeNumber = () => new Problem('unsafe_number')

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Up to here plain text is read byte by byte, which a decoder's call would cost more than. */
const shortBytes = 40

const isPlain = (byte: number) => byte > 0 && byte < 0x80

/** Fields have the same few names again and again: each is made once, and found by its bytes. */
const names: string[] = new Array(1_024).fill('')

function isWritten(name: string, bytes: Buffer, from: number, to: number): boolean {
  if (name.length !== to - from) return false
  for (let at = from; at < to; at++) if (name.charCodeAt(at - from) !== bytes[at]) return false
  return true
}

/** The short name that stands there; undefined when it is not plain. */
function nameAt(bytes: Buffer, from: number, to: number): string | undefined {
  let hash = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (!isPlain(byte)) return undefined
    hash = (hash * 31 + byte) | 0
  }
  const slot = hash & (names.length - 1)
  const known = names[slot] ?? ''
  if (isWritten(known, bytes, from, to)) return known
  const name = bytes.toString('latin1', from, to)
  names[slot] = name
  return name
}

class Reader {
  private at = 0

  constructor(private readonly bytes: Buffer) {}

  isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  /** Where the next `size` bytes begin; they are consumed. */
  private take(size: number): number {
    const start = this.at
    if (size > this.bytes.length - start) throw unreadable()
    this.at = start + size
    return start
  }

  private uint(size: number): number {
    return this.bytes.readUIntBE(this.take(size), size)
  }

  private int(size: number): number {
    return this.bytes.readIntBE(this.take(size), size)
  }

  private bigInteger(isSigned: boolean): number {
    const start = this.take(8)
    const exact = isSigned ? this.bytes.readBigInt64BE(start) : this.bytes.readBigUInt64BE(start)
    const value = Number(exact)
    if (!Number.isSafeInteger(value)) throw unsafeNumber()
    return value
  }

  private float(size: 4 | 8): number {
    const start = this.take(size)
    const value = size === 4 ? this.bytes.readFloatBE(start) : this.bytes.readDoubleBE(start)
    if (!Number.isFinite(value)) throw unsafeNumber()
    return value
  }

  private text(length: number): string {
    const start = this.take(length)
    if (length <= shortBytes && this.isPlainFrom(start)) {
      return this.bytes.toString('latin1', start, this.at)
    }
    const part = this.bytes.subarray(start, this.at)
    if (part.includes(0)) throw new Problem('invalid_text')
    try {
      return utf8.decode(part)
    } catch {
      throw unreadable()
    }
  }

  private isPlainFrom(start: number): boolean {
    for (let at = start; at < this.at; at++) if (!isPlain(this.bytes[at] ?? 0)) return false
    return true
  }

  private array(length: number, depth: number): unknown[] {
    if (depth > maxJsonDepth) throw new Problem('json_too_deep')
    const values: unknown[] = []
    for (let index = 0; index < length; index++) values.push(this.value(depth))
    return values
  }

  private shortName(): string | undefined {
    const length = (this.bytes[this.at] ?? 0) - 0xa0
    const from = this.at + 1
    if (length < 0 || length > 0x1f || from + length > this.bytes.length) return undefined
    const name = nameAt(this.bytes, from, from + length)
    if (name !== undefined) this.at = from + length
    return name
  }

  private key(): string {
    const key = this.shortName() ?? this.value(maxJsonDepth)
    if (typeof key !== 'string') throw notJson()
    if (isForbiddenKey(key)) throw new Problem('forbidden_key')
    return key
  }

  private map(length: number, depth: number): Record<string, unknown> {
    if (depth > maxJsonDepth) throw new Problem('json_too_deep')
    const values: Record<string, unknown> = {}
    for (let index = 0; index < length; index++) {
      const key = this.key()
      if (Object.hasOwn(values, key)) throw new Problem('duplicate_key')
      values[key] = this.value(depth)
    }
    return values
  }

  /** https://github.com/msgpack/msgpack/blob/master/spec.md#formats */
  value(depth: number): unknown {
    const format = this.uint(1)
    if (format < 0x80) return format
    if (format < 0x90) return this.map(format & 0x0f, depth + 1)
    if (format < 0xa0) return this.array(format & 0x0f, depth + 1)
    if (format < 0xc0) return this.text(format & 0x1f)
    if (format >= 0xe0) return format - 0x100
    switch (format) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xca:
        return this.float(4)
      case 0xcb:
        return this.float(8)
      case 0xcc:
        return this.uint(1)
      case 0xcd:
        return this.uint(2)
      case 0xce:
        return this.uint(4)
      case 0xcf:
        return this.bigInteger(false)
      case 0xd0:
        return this.int(1)
      case 0xd1:
        return this.int(2)
      case 0xd2:
        return this.int(4)
      case 0xd3:
        return this.bigInteger(true)
      case 0xd9:
        return this.text(this.uint(1))
      case 0xda:
        return this.text(this.uint(2))
      case 0xdb:
        return this.text(this.uint(4))
      case 0xdc:
        return this.array(this.uint(2), depth + 1)
      case 0xdd:
        return this.array(this.uint(4), depth + 1)
      case 0xde:
        return this.map(this.uint(2), depth + 1)
      case 0xdf:
        return this.map(this.uint(4), depth + 1)
      case 0xc1:
        throw unreadable()
      default:
        throw notJson()
    }
  }
}

/**
 * One MessagePack value, held to the rules of strict JSON: at most 32 levels, no duplicate or prototype keys,
 * safe numbers, safe text. Throws a Problem, or UnreadableFrame for bytes that are not MessagePack.
 */
export function readMessagePack(bytes: Buffer): unknown {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  if (!reader.isAtEnd()) throw unreadable()
  return value
}
