import { type BitReader, type BitWriter, bitsUpTo } from './bits.js'
import type { Field } from './field.js'
import { StateSchemaError } from './state-schema-error.js'

const utf8 = new TextEncoder()
// A byte order mark is a character like any other; broken text is refused rather than mended.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Below this many bytes a loop is faster than a call into the engine. */
const shortText = 24

function isShortAscii(text: string): boolean {
  if (text.length > shortText) return false
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false
  }
  return true
}

function decodeText(bytes: Uint8Array): string {
  if (bytes.length <= shortText) {
    let text = ''
    for (const byte of bytes) {
      if (byte > 0x7f) return decodeLong(bytes)
      text += String.fromCharCode(byte)
    }
    return text
  }
  return decodeLong(bytes)
}

function decodeLong(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw new StateSchemaError('bad_bytes', 'A text is not UTF-8.')
  }
}

/** Its length in bytes, then the bytes. */
export function textField(name: string, maxBytes: number): Field {
  const lengthBits = bitsUpTo(maxBytes)
  const room = new Uint8Array(maxBytes)

  function textOf(value: unknown): string {
    if (typeof value === 'string') return value
    throw new StateSchemaError('bad_value', `The field ${JSON.stringify(name)} takes a text.`, name)
  }

  return {
    mostBits: lengthBits + 8 * maxBytes,
    write(out: BitWriter, value: unknown) {
      const text = textOf(value)
      if (text.length <= maxBytes && isShortAscii(text)) {
        out.write(text.length, lengthBits)
        for (let index = 0; index < text.length; index++) out.write(text.charCodeAt(index), 8)
        return
      }
      // Stops before a character that does not fit whole.
      const { written } = utf8.encodeInto(text, room)
      out.write(written, lengthBits)
      for (let index = 0; index < written; index++) out.write(room[index] ?? 0, 8)
    },
    read(source: BitReader) {
      const length = source.read(lengthBits)
      if (length > maxBytes) throw new StateSchemaError('bad_bytes', 'A text is too long.')
      for (let index = 0; index < length; index++) room[index] = source.read(8)
      return decodeText(room.subarray(0, length))
    },
    settle(value: unknown) {
      const text = textOf(value)
      if (text.length <= maxBytes && isShortAscii(text)) return text
      return decodeText(room.subarray(0, utf8.encodeInto(text, room).written))
    },
  }
}
