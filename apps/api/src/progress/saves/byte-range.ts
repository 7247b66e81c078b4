import { Problem } from '@aethex/shared/errors'
import type { ByteRange } from './packs/content.js'

const unsatisfiable = (size: number) =>
  new Problem('range_not_satisfiable', { headers: { 'content-range': `bytes */${size}` } })

/**
 * The one range that a Range header asks for of so many bytes (RFC 9110, 14.1.2); undefined for all of them, also where
 * the header is of another unit or no range at all. Several ranges at once are refused like one that lies outside.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const given = /^bytes=(.*)$/i.exec(header ?? '')?.[1]
  if (given === undefined) return undefined
  if (given.includes(',')) throw unsatisfiable(size)
  const [, first, last] = /^\s*(\d*)-(\d*)\s*$/.exec(given) ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    if (length === 0) throw unsatisfiable(size)
    return { start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw unsatisfiable(size)
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
