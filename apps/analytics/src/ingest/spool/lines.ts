import { crc32 } from 'node:zlib'

const newline = 0x0a
const checksumLength = 8

const checksumOf = (json: string | Buffer) => crc32(json).toString(16).padStart(checksumLength, '0')

/** A JSON text as a line of the spool: its CRC-32 in hex, a space, the text. */
export const encodeLine = (json: string): string => `${checksumOf(json)} ${json}\n`

export interface DecodedLines {
  /** Each with its line end, so that joined they are JSONEachRow. */
  rows: Buffer[]
  damaged: Buffer[]
  /** The bytes behind the last line end: a write that never finished, so never was acknowledged. */
  tornBytes: number
}

function isIntact(line: Buffer): boolean {
  const json = line.subarray(checksumLength + 1, -1)
  return line.toString('latin1', 0, checksumLength + 1) === `${checksumOf(json)} `
}

/** Takes the content of a segment apart, and tells what a dying machine or disk left of it. */
export function decodeLines(content: Buffer): DecodedLines {
  const rows: Buffer[] = []
  const damaged: Buffer[] = []
  let start = 0
  for (let end = content.indexOf(newline); end >= 0; end = content.indexOf(newline, start)) {
    const line = content.subarray(start, end + 1)
    if (isIntact(line)) rows.push(line.subarray(checksumLength + 1))
    else damaged.push(line)
    start = end + 1
  }
  return { rows, damaged, tornBytes: content.length - start }
}
