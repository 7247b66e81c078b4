import { Problem } from '../errors/index.js'

/** Deeper nesting overflows recursive code further in (PostgreSQL's, JSON.stringify's). */
export const maxJsonDepth = 32

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

function assertAllowedKey(key: string, seen: Set<string>): void {
  if (forbiddenKeys.has(key))
    throw new Problem('forbidden_key', { detail: `The key ${key} is never accepted.` })
  if (seen.has(key)) {
    throw new Problem('duplicate_key', {
      detail: `The key ${JSON.stringify(key.slice(0, 80))} appears twice in one object.`,
    })
  }
  seen.add(key)
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

/**
 * One pass over text that JSON.parse has accepted, for what JSON.parse lets through:
 * duplicate and prototype keys, numbers that change when read, unsafe text.
 */
function inspect(text: string): void {
  // Per open container: the keys seen so far, or null for an array.
  const open: (Set<string> | null)[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      const value = readString(text, at, end)
      if (!isSafeText(value)) throw new Problem('invalid_text')
      const keys = open.at(-1)
      if (expectsKey && keys) assertAllowedKey(value, keys)
      expectsKey = false
      at = end - 1
    } else if (code === 0x7b || code === 0x5b) {
      open.push(code === 0x7b ? new Set() : null)
      expectsKey = code === 0x7b
    } else if (code === 0x7d || code === 0x5d) {
      open.pop()
      expectsKey = false
    } else if (code === 0x2c) {
      expectsKey = open.at(-1) instanceof Set
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      numberPattern.lastIndex = at
      const [literal = '', fraction, exponent] = numberPattern.exec(text) ?? []
      assertExactNumber(literal, fraction === undefined && exponent === undefined)
      at += literal.length - 1
    }
  }
}

function assertDepth(text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxJsonDepth) throw new Problem('json_too_deep')
    } else if (code === 0x7d || code === 0x5d) depth--
  }
}

/** JSON text to a value, refusing what other readers of the same text would understand differently. */
export function parseStrictJson(text: string): unknown {
  assertDepth(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('malformed_json')
  }
  inspect(text)
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
