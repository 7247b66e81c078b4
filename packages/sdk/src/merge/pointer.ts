import { MergeError } from './merge-error.js'

/** Deeper fields are merged, and told of, together with what they are in: paths must not outgrow the documents. */
export const longestPath = 1024

/** A JSON pointer (RFC 6901) one step further. */
export const pointerTo = (path: string, name: string | number) =>
  `${path}/${typeof name === 'number' ? name : name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The names in a JSON pointer (RFC 6901); none in '', which is the whole document. */
export function namesIn(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new MergeError('bad_pointer', `${pointer.slice(0, 80)} is no JSON pointer.`)
  }
  const names = pointer.slice(1).split('/')
  return names.map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The place that a name means in a list of that length; undefined when it means none. */
export function placeIn(length: number, name: string): number | undefined {
  const place = /^(0|[1-9]\d{0,9})$/.test(name) ? Number(name) : undefined
  return place !== undefined && place < length ? place : undefined
}
