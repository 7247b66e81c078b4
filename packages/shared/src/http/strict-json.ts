import { Problem } from '../errors/index.js'

/** Deeper nesting overflows recursive code further in (PostgreSQL's, JSON.stringify's). */
export const maxJsonDepth = 32

/** Keys, objects and lists together. Reading more of them would hold up everybody else. */
const maxJsonParts = 300_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
const numberPattern = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Keys that reach into prototypes when a reader copies objects carelessly. */
export const isForbiddenKey = (key: string) => forbiddenKeys.has(key)

/** A text that PostgreSQL and every other reader keeps unchanged: no NUL, no half of a surrogate pair. */
export const isSafeText = (text: string) => !text.includes('\0') && !loneSurrogate.test(text)

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

/** The keys of one object. A list is quicker than a Set for ordinary objects, and quadratic for hostile ones. */
class SeenKeys {
  private readonly few: string[] = []
  private many: Set<string> | undefined

  /** False when the key was there before. */
  add(key: string): boolean {
    if (this.many === undefined) {
      if (this.few.includes(key)) return false
      if (this.few.push(key) > 16) this.many = new Set(this.few)
      return true
    }
    const size = this.many.size
    return this.many.add(key).size > size
  }
}

function assertAllowedKey(key: string, seen: SeenKeys): void {
  if (forbiddenKeys.has(key)) {
    throw new Problem('forbidden_key', { detail: `The key ${key} is never accepted.` })
  }
  if (!seen.add(key)) {
    const shown = JSON.stringify(key.slice(0, 80))
    throw new Problem('duplicate_key', { detail: `The key ${shown} appears twice in one object.` })
  }
}

/** The index just behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end < 0) throw new Problem('malformed_json')
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end + 1
  }
}

function readString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`)
  } catch {
    throw new Problem('malformed_json')
  }
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39

/** The index just behind the number that starts at `start`. Up to 15 plain characters are always exact. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (isDigit(text.charCodeAt(at)) || text.charCodeAt(at) === 0x2e) at++
  const hasExponent = (text.charCodeAt(at) | 0x20) === 0x65
  if (at - start <= 15 && !hasExponent) return at
  numberPattern.lastIndex = start
  const [literal = '', fraction, exponent] = numberPattern.exec(text) ?? []
  assertExactNumber(literal, fraction === undefined && exponent === undefined)
  return start + literal.length
}

/**
 * Reads text that JSON.parse has accepted once more, for what JSON.parse lets through: duplicate and
 * prototype keys, numbers that change when read, unsafe text. Every method takes the index where its
 * thing begins and answers the one behind it. (One long loop instead would be a third as many lines,
 * and V8 keeps replacing such a loop on the stack: a hundred times slower.)
 */
class Inspection {
  // The text is well-formed, so only an escape can bring in a NUL or half a surrogate pair.
  private readonly hasEscapes: boolean

  constructor(private readonly text: string) {
    this.hasEscapes = text.includes('\\')
  }

  value(start: number): number {
    const code = this.text.charCodeAt(start)
    if (code === QUOTE) return this.string(start)
    if (code === 0x7b) return this.object(start)
    if (code === 0x5b) return this.list(start)
    if (code === 0x2d || isDigit(code)) return endOfNumber(this.text, start)
    // true, null, or false
    return start + (code === 0x66 ? 5 : 4)
  }

  private object(start: number): number {
    const keys = new SeenKeys()
    let at = this.next(start + 1)
    while (this.text.charCodeAt(at) !== 0x7d) {
      const end = this.string(at)
      assertAllowedKey(readString(this.text, at, end), keys)
      at = this.behindComma(this.value(this.next(this.next(end) + 1)))
    }
    return at + 1
  }

  private list(start: number): number {
    let at = this.next(start + 1)
    while (this.text.charCodeAt(at) !== 0x5d) at = this.behindComma(this.value(at))
    return at + 1
  }

  private string(start: number): number {
    const end = endOfString(this.text, start)
    if (this.hasEscapes && !isSafeText(readString(this.text, start, end))) {
      throw new Problem('invalid_text')
    }
    return end
  }

  /** The first index from `at` on that is no white space. */
  next(start: number): number {
    let at = start
    while (this.text.charCodeAt(at) <= 0x20) at++
    return at
  }

  private behindComma(end: number): number {
    const at = this.next(end)
    return this.text.charCodeAt(at) === 0x2c ? this.next(at + 1) : at
  }
}

/** Depth and number of parts, before anything recursive or costly reads the text. */
function assertShape(text: string): void {
  let depth = 0
  let parts = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxJsonDepth) throw new Problem('json_too_deep')
      parts++
    } else if (code === 0x7d || code === 0x5d) depth--
    else if (code === 0x3a) parts++
    if (parts > maxJsonParts) throw new Problem('json_too_complex')
  }
}

/** Well-formed JSON text to a value, refusing what other readers of the same text would understand differently. */
export function parseStrictJson(text: string): unknown {
  assertShape(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('malformed_json')
  }
  const inspection = new Inspection(text)
  inspection.value(inspection.next(0))
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes to a value. A byte order mark is refused like any other character before the value. */
export function parseStrictJsonBytes(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Problem('invalid_text', { detail: 'The body is not valid UTF-8.' })
  }
  return parseStrictJson(text)
}
