import { S3Error } from './errors.js'

/** First and last byte, both inclusive, as in a Content-Range header. */
export interface ByteRange {
  start: number
  end: number
}

/** Resolves one range of RFC 9110 against a size; undefined (send all) for several ranges or nonsense. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (!match[1] && !match[2])) return undefined
  const [, first, last] = match
  const start = first ? Number(first) : Math.max(0, size - Number(last))
  const end = first && last ? Number(last) : size - 1
  if (first && last && end < start) return undefined
  if (start >= size) {
    throw new S3Error('InvalidRange', undefined, { 'content-range': `bytes */${size}` })
  }
  return { start, end: Math.min(end, size - 1) }
}
