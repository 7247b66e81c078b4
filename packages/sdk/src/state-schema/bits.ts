import { StateSchemaError } from './state-schema-error.js'

/** More at once would not fit beside seven waiting bits in the 32 of a bitwise operation. */
const chunkBits = 24
const chunkSize = 2 ** chunkBits

/** How many bits tell the whole numbers from 0 to `top` apart. */
export function bitsUpTo(top: number): number {
  let bits = 0
  while (2 ** bits <= top) bits++
  return bits
}

/** Writes whole numbers of any width, the lowest bit first, into a buffer that it is given. */
export class BitWriter {
  private target: Uint8Array = new Uint8Array(0)
  private at = 0
  private waiting = 0
  private waitingBits = 0

  start(target: Uint8Array, at: number): void {
    this.target = target
    this.at = at
    this.waiting = 0
    this.waitingBits = 0
  }

  /** `value` is a whole number from 0 to 2 ** bits - 1; at most 53 bits. */
  write(value: number, bits: number): void {
    let rest = value
    let left = bits
    while (left > chunkBits) {
      this.put(rest % chunkSize, chunkBits)
      rest = Math.floor(rest / chunkSize)
      left -= chunkBits
    }
    this.put(rest, left)
  }

  /** Where the next free byte is. What lay beyond the buffer's end was not written, but is counted. */
  finish(): number {
    if (this.waitingBits > 0) this.target[this.at++] = this.waiting
    return this.at
  }

  private put(value: number, bits: number): void {
    let waiting = this.waiting | (value << this.waitingBits)
    let waitingBits = this.waitingBits + bits
    while (waitingBits >= 8) {
      this.target[this.at++] = waiting & 0xff
      waiting >>>= 8
      waitingBits -= 8
    }
    this.waiting = waiting
    this.waitingBits = waitingBits
  }
}

/** Reads what a BitWriter wrote; throws `bad_bytes` instead of reading past the end. */
export class BitReader {
  private source: Uint8Array = new Uint8Array(0)
  private at = 0
  private waiting = 0
  private waitingBits = 0

  start(source: Uint8Array): void {
    this.source = source
    this.at = 0
    this.waiting = 0
    this.waitingBits = 0
  }

  /** At most 53 bits. */
  read(bits: number): number {
    if (bits <= chunkBits) return this.take(bits)
    let value = 0
    let scale = 1
    let left = bits
    while (left > 0) {
      const part = Math.min(left, chunkBits)
      value += this.take(part) * scale
      scale *= chunkSize
      left -= part
    }
    return value
  }

  /** Throws unless all is read, but for the zeros that fill the last byte. */
  finish(): void {
    if (this.at < this.source.length || this.waiting !== 0) {
      throw new StateSchemaError('bad_bytes', 'There is more than one state in these bytes.')
    }
  }

  private take(bits: number): number {
    let waiting = this.waiting
    let waitingBits = this.waitingBits
    while (waitingBits < bits) {
      const next = this.source[this.at++]
      if (next === undefined) {
        throw new StateSchemaError('bad_bytes', 'The bytes end within a state.')
      }
      waiting |= next << waitingBits
      waitingBits += 8
    }
    this.waiting = waiting >>> bits
    this.waitingBits = waitingBits - bits
    return waiting & (2 ** bits - 1)
  }
}
