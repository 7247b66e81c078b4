import { S3Error } from './errors.js'

const longestLine = 8192
const mostTrailers = 20

/**
 * Decodes the `aws-chunked` content encoding: `<hex size>[;extension]\r\n<data>\r\n` … `0\r\n`,
 * then `name:value\r\n` trailers and an empty line. Trailers are put into `trailers`.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size'
  let remaining = 0
  let buffer: Buffer = Buffer.alloc(0)

  const takeLine = (): string | undefined => {
    const end = buffer.indexOf('\r\n')
    if (end > longestLine || (end < 0 && buffer.length > longestLine)) throw malformed()
    if (end < 0) return undefined
    const line = buffer.toString('latin1', 0, end)
    buffer = buffer.subarray(end + 2)
    return line
  }

  for await (const arrived of source) {
    buffer = buffer.length === 0 ? arrived : Buffer.concat([buffer, arrived])
    while (buffer.length > 0) {
      if (state === 'done') throw malformed()
      if (state === 'data') {
        const piece = buffer.subarray(0, remaining)
        buffer = buffer.subarray(piece.length)
        remaining -= piece.length
        if (remaining === 0) state = 'data-end'
        yield piece
        continue
      }
      const line = takeLine()
      if (line === undefined) break
      if (state === 'size') {
        remaining = parseSize(line)
        state = remaining === 0 ? 'trailer' : 'data'
      } else if (state === 'data-end') {
        if (line !== '') throw malformed()
        state = 'size'
      } else if (line === '') state = 'done'
      else addTrailer(line, trailers)
    }
  }
  if (state !== 'done') throw new S3Error('IncompleteBody')
}

const malformed = () => new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')

function parseSize(line: string): number {
  const match = /^([0-9a-f]{1,9})(?:;|$)/i.exec(line)
  if (!match?.[1]) throw malformed()
  return Number.parseInt(match[1], 16)
}

function addTrailer(line: string, trailers: Map<string, string>): void {
  const colon = line.indexOf(':')
  if (colon < 1 || trailers.size >= mostTrailers) throw new S3Error('MalformedTrailerError')
  trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
}
