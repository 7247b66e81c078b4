import { AeThexError } from '../core/error.js'

/** The server's bounds on a body: levels of nesting, and objects, lists and keys together. */
const deepest = 32
/** Less than the server's 300,000, for the members beside the data. */
const mostParts = 299_900

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

type Path = readonly (string | number)[]

/** JSON would write all its digits, and readers would disagree on the last. From 1e21 on it writes an exponent. */
export const isUnsafeInteger = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21

/** A JSON Pointer (RFC 6901); of a circle, no more than the beginning. */
const pointerOf = (path: Path) =>
  path
    .slice(0, deepest + 1)
    .map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')

/** `invalid_request` with the place, in words and in `details.errors`. */
export function refusalAt(path: Path, reason: string): AeThexError {
  const pointer = pointerOf(path)
  const message = `This cannot be saved, at ${pointer || 'the top'}: ${reason}`
  return new AeThexError('invalid_request', message, { details: { errors: [{ pointer, reason }] } })
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'A text must not contain the character NUL.'
  return loneSurrogate.test(text) ? 'A text must not contain half of a surrogate pair.' : undefined
}

function keyFault(key: string): string | undefined {
  return forbiddenKeys.has(key) ? `The key ${key} is never accepted.` : textFault(key)
}

function leafFault(value: unknown): string | undefined {
  if (typeof value === 'string') return textFault(value)
  const isUnsafe = typeof value === 'number' && isUnsafeInteger(value)
  return isUnsafe ? `The number ${value} cannot be kept exactly.` : undefined
}

/**
 * Throws `invalid_request` for JSON that the server would refuse for ever, as a member of a request's body, or without
 * `member` as the body's own members: nested too deeply or too many parts, keys that reach into prototypes, integers
 * that lose digits, NUL, and halves of surrogate pairs.
 */
export function assertAccepted(json: unknown, member?: string): void {
  const path: (string | number)[] = member === undefined ? [] : [member]
  let parts = 0

  function refuseIf(reason: string | undefined): void {
    if (reason !== undefined) throw refusalAt(path, reason)
  }

  function check(value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      refuseIf(leafFault(value))
      return
    }
    if (path.length >= deepest) refuseIf(`The server takes ${deepest} levels, with the body's own.`)
    const isList = Array.isArray(value)
    const members = Object.entries(value)
    parts += isList ? 1 : 1 + members.length
    if (parts > mostParts)
      refuseIf('The server takes no more than 300,000 objects, lists and keys.')
    for (const [key, each] of members) {
      path.push(key)
      if (!isList) refuseIf(keyFault(key))
      check(each)
      path.pop()
    }
  }
  check(json)
}
