import { AeThexError } from '../../core/error.js'
import { assertAccepted } from '../../values/accepted.js'
import { decodeValues } from '../../values/decode.js'
import { encodeMember } from '../../values/encode.js'

export const documentType = 'application/json'
/** Of bytes that nobody has named. */
export const unnamedType = 'application/octet-stream'

/** The bytes of a version: a document as JSON, or a file of any other type. */
export interface Content {
  content_type: string
  bytes: Uint8Array<ArrayBuffer>
}

const noJson = (cause: unknown) =>
  new AeThexError('invalid_request', 'The data cannot be written as JSON.', { cause })

function textOf(json: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(json)
  } catch (cause) {
    throw noJson(cause)
  }
  if (text === undefined) throw new AeThexError('invalid_request', 'There is no data to save.')
  return text
}

/** A document of plain JSON. */
export const documentOf = (json: unknown): Content => ({
  content_type: documentType,
  bytes: new TextEncoder().encode(textOf(json)),
})

/**
 * What a game saves, as bytes that its later changes do not reach: bytes are a file, everything else is a document.
 * Throws `invalid_request`, with the place in `details.errors`, for what JSON cannot carry or the server refuses.
 */
export function contentOf(data: unknown, type = unnamedType): Content {
  if (data instanceof ArrayBuffer)
    return { content_type: type, bytes: new Uint8Array(data).slice() }
  if (data instanceof Uint8Array) return { content_type: type, bytes: new Uint8Array(data) }
  const json = encodeMember(data, 'data')
  // Beside the other members of a request's body.
  assertAccepted(json, 'data')
  return documentOf(json)
}

export const isDocument = ({ content_type }: { content_type: string }) =>
  content_type === documentType

/** The plain JSON of a document; undefined for a file. */
export function jsonOf(content: Content): unknown {
  return isDocument(content) ? JSON.parse(new TextDecoder().decode(content.bytes)) : undefined
}

/** What the game has saved: its values, or the bytes of a file. */
export const dataOf = (content: Content): unknown =>
  isDocument(content) ? decodeValues(jsonOf(content)) : content.bytes

/** Whether two JSON values mean the same, however their keys are ordered. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const other = new Map<string, unknown>(Object.entries(b))
  const own = Object.entries(a)
  return (
    own.length === other.size &&
    own.every(([key, value]) => other.has(key) && isSameJson(value, other.get(key)))
  )
}

/** Whether two contents are of one meaning. */
export function isSameContent(a: Content, b: Content): boolean {
  if (isDocument(a) && isDocument(b)) return isSameJson(jsonOf(a), jsonOf(b))
  return (
    a.content_type === b.content_type &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, index) => byte === b.bytes[index])
  )
}
