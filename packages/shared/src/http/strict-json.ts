import { isUtf8 } from 'node:buffer'
import { Problem } from '../errors/index.js'

/** Deeper nesting overflows recursive code further in (PostgreSQL's, JSON.stringify's). */
export const maxJsonDepth = 32

/** Keys, objects and lists together. Reading more of them would hold up everybody else. */
const maxJsonParts = 300_000

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const LIST = 0x5b
const BACKSLASH = 0x5c
const END_OF_LIST = 0x5d
const OBJECT = 0x7b
const END_OF_OBJECT = 0x7d

const literals = new Map(
  ['true', 'false', 'null'].map(word => [word.charCodeAt(0), Buffer.from(word)] as const),
)

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Keys that reach into prototypes when a reader copies objects carelessly. */
export const isForbiddenKey = (key: string) => forbiddenKeys.has(key)

/** A text that PostgreSQL and every other reader keeps unchanged: no NUL, no half of a surrogate pair. */
export const isSafeText = (text: string) => !text.includes('\0') && !loneSurrogate.test(text)

const malformed = () => new Problem('malformed_json')

const isDigit = (code: number) => code >= 0x30 && code <= 0x39
const isSpace = (code: number) =>
  code <= 0x20 && (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)

function assertExactNumber(literal: string, isInteger: boolean): void {
  const value = Number(literal)
  const underflowed = value === 0 && /[1-9]/.test(literal.replace(/[eE].*/, ''))
  const unsafe = isInteger && !Number.isSafeInteger(value)
  if (!Number.isFinite(value) || underflowed || unsafe) {
    throw new Problem('unsafe_number', {
      detail: `The number ${literal.slice(0, 40)} cannot be kept exactly.`,
    })
  }
}

/** FNV-1a: tells most keys apart at once; those with one hash are compared. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x0100_0193)
  return hash
}

const forbiddenHashes = [...forbiddenKeys].map(key => hashOf(Buffer.from(key), 0, key.length))

function assertAllowed(key: string): void {
  if (isForbiddenKey(key)) {
    throw new Problem('forbidden_key', { detail: `The key ${key} is never accepted.` })
  }
}

function duplicate(key: string): Problem {
  const shown = JSON.stringify(key.slice(0, 80))
  return new Problem('duplicate_key', { detail: `The key ${shown} appears twice in one object.` })
}

// So many keys of an object are held against each other by their hashes, without making texts of them.
const fewKeys = 16
// What is noted of each: its hash, where it begins, and where it ends.
const noted = 3
// The first keys of every object that a reader is within. Nobody else reads meanwhile, so one is enough for all.
const keys = new Int32Array((maxJsonDepth + 1) * fewKeys * noted)

/**
 * Reads the bytes of JSON once, and makes no values of them: they must be well-formed, and understood by every reader
 * as by the next. Every method takes the index where its thing begins and answers the one behind it. (One long loop
 * would be fewer lines, and V8 keeps replacing such a loop on the stack: a hundred times slower.)
 */
class Inspection {
  private depth = 0
  private parts = 0
  /** What the last string says, where its bytes do not say it themselves. */
  private unescaped: string | undefined

  constructor(private readonly bytes: Buffer) {}

  all(): void {
    if (this.next(this.value(this.next(0))) < this.bytes.length) throw malformed()
  }

  private value(start: number): number {
    const code = this.bytes[start] ?? 0
    if (code === QUOTE) return this.string(start)
    if (code === MINUS || isDigit(code)) return this.number(start)
    if (code === OBJECT) return this.object(start)
    if (code === LIST) return this.list(start)
    return this.literal(start, literals.get(code))
  }

  private literal(start: number, word: Buffer | undefined): number {
    if (word === undefined) throw malformed()
    for (let at = 0; at < word.length; at++)
      if (this.bytes[start + at] !== word[at]) throw malformed()
    return start + word.length
  }

  private object(start: number): number {
    this.enter()
    let many: Set<string> | undefined
    let at = this.next(start + 1)
    if (this.bytes[at] === END_OF_OBJECT) return this.leave(at)
    for (let count = 0; ; count++) {
      if (this.bytes[at] !== QUOTE) throw malformed()
      const end = this.string(at)
      if (count < fewKeys) this.addKey(at, end, count)
      else many = this.addToMany(this.textOf(at, end), many)
      this.countPart()
      at = this.next(end)
      if (this.bytes[at] !== COLON) throw malformed()
      at = this.next(this.value(this.next(at + 1)))
      if (this.bytes[at] === END_OF_OBJECT) return this.leave(at)
      if (this.bytes[at] !== COMMA) throw malformed()
      at = this.next(at + 1)
    }
  }

  private list(start: number): number {
    this.enter()
    let at = this.next(start + 1)
    if (this.bytes[at] === END_OF_LIST) return this.leave(at)
    for (;;) {
      at = this.next(this.value(at))
      if (this.bytes[at] === END_OF_LIST) return this.leave(at)
      if (this.bytes[at] !== COMMA) throw malformed()
      at = this.next(at + 1)
    }
  }

  private enter(): void {
    this.countPart()
    if (++this.depth > maxJsonDepth) throw new Problem('json_too_deep')
  }

  private leave(at: number): number {
    this.depth--
    return at + 1
  }

  private countPart(): void {
    if (++this.parts > maxJsonParts) throw new Problem('json_too_complex')
  }

  private addKey(start: number, end: number, count: number): void {
    const { bytes, unescaped } = this
    const hash =
      unescaped === undefined
        ? hashOf(bytes, start + 1, end - 1)
        : hashOf(Buffer.from(unescaped), 0, Buffer.byteLength(unescaped))
    if (forbiddenHashes.includes(hash)) assertAllowed(this.textOf(start, end))
    const first = this.depth * fewKeys * noted
    const own = first + count * noted
    for (let at = first; at < own; at += noted) {
      if (keys[at] !== hash) continue
      const text = this.textOf(start, end)
      if (text === this.textOf(keys[at + 1] ?? 0, keys[at + 2] ?? 0)) throw duplicate(text)
    }
    keys[own] = hash
    keys[own + 1] = start
    keys[own + 2] = end
  }

  private addToMany(key: string, many: Set<string> | undefined): Set<string> {
    assertAllowed(key)
    const seen = many ?? new Set(this.fewTexts())
    if (seen.has(key)) throw duplicate(key)
    return seen.add(key)
  }

  /** The first keys of the object that the reader is in. */
  private fewTexts(): string[] {
    const first = this.depth * fewKeys * noted
    return Array.from({ length: fewKeys }, (_, index) => {
      const at = first + index * noted
      return this.textOf(keys[at + 1] ?? 0, keys[at + 2] ?? 0)
    })
  }

  private string(start: number): number {
    const { bytes } = this
    this.unescaped = undefined
    for (let at = start + 1; ; at++) {
      const code = bytes[at] ?? 0
      if (code === QUOTE) return at + 1
      if (code === BACKSLASH) return this.stringWithEscapes(start, at)
      if (code < 0x20) throw malformed()
    }
  }

  /** The bytes are UTF-8, so only an escape can bring in a NUL or half a surrogate pair. */
  private stringWithEscapes(start: number, firstEscape: number): number {
    let at = firstEscape
    for (; this.bytes[at] !== QUOTE; at++) {
      if (at >= this.bytes.length) throw malformed()
      if (this.bytes[at] === BACKSLASH) at++
    }
    const text = this.textOf(start, at + 1)
    if (!isSafeText(text)) throw new Problem('invalid_text')
    this.unescaped = text
    return at + 1
  }

  private textOf(start: number, end: number): string {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, end))
    } catch {
      throw malformed()
    }
  }

  /** Up to 15 plain characters are always exact. */
  private number(start: number): number {
    const { bytes } = this
    const unsigned = bytes[start] === MINUS ? start + 1 : start
    let at = bytes[unsigned] === ZERO ? unsigned + 1 : this.digits(unsigned)
    const isFraction = bytes[at] === DOT
    if (isFraction) at = this.digits(at + 1)
    const hasExponent = ((bytes[at] ?? 0) | 0x20) === 0x65
    if (hasExponent) {
      const sign = bytes[at + 1] ?? 0
      at = this.digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1)
    }
    if (at - start > 15 || hasExponent) {
      assertExactNumber(bytes.toString('latin1', start, at), !isFraction && !hasExponent)
    }
    return at
  }

  private digits(start: number): number {
    const { bytes } = this
    let at = start
    while (isDigit(bytes[at] ?? 0)) at++
    if (at === start) throw malformed()
    return at
  }

  /** The first index from `start` on that is no white space. */
  private next(start: number): number {
    const { bytes } = this
    let at = start
    while (isSpace(bytes[at] ?? 0)) at++
    return at
  }
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/**
 * Refuses bytes that are not JSON, or that other readers would understand differently: duplicate and prototype keys,
 * numbers that cannot be kept, unsafe text; and what is too deep or too much.
 */
export function assertStrictJson(bytes: Uint8Array): void {
  if (!isUtf8(bytes)) {
    throw new Problem('invalid_text', { detail: 'The body is not valid UTF-8.' })
  }
  new Inspection(asBuffer(bytes)).all()
}

/** UTF-8 bytes to a value, held against `assertStrictJson`. A byte order mark is refused like any other character. */
export function parseStrictJsonBytes(bytes: Uint8Array): unknown {
  assertStrictJson(bytes)
  return JSON.parse(asBuffer(bytes).toString())
}

/** As `parseStrictJsonBytes`, of text. */
export function parseStrictJson(text: string): unknown {
  assertStrictJson(Buffer.from(text))
  return JSON.parse(text)
}
