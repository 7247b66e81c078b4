import { byteReader } from './byte-reader.js'
import { byteWriter } from './byte-writer.js'
import { type Codec, codecs } from './codec.js'

/** A block in its object. */
export interface BlockPlace {
  codec: Codec
  /** Bytes of content in it. */
  plainLength: number
  /** Its sealed bytes in the object, the latter excluded. */
  start: number
  end: number
}

const format = 1

/** Blocks lie one after the other, so their lengths tell where each one is. */
export function encodeBlocks(blocks: readonly BlockPlace[]): Buffer {
  const writer = byteWriter()
  writer.number(format)
  for (const { codec, plainLength, start, end } of blocks) {
    writer.number(codecs.indexOf(codec))
    writer.number(plainLength)
    writer.number(end - start)
  }
  return writer.done()
}

export function decodeBlocks(table: Buffer): BlockPlace[] {
  const reader = byteReader(table)
  if (reader.number() !== format) throw new RangeError('the blocks are listed in an unknown format')
  const blocks: BlockPlace[] = []
  let start = 0
  while (!reader.isAtEnd()) {
    const codec = codecs[reader.number()]
    if (codec === undefined) throw new RangeError('a block has an unknown codec')
    const plainLength = reader.number()
    const end = start + reader.number()
    blocks.push({ codec, plainLength, start, end })
    start = end
  }
  return blocks
}
