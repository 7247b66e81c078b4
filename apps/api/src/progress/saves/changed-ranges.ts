/** Stretches of equal bytes shorter than this do not part two ranges: a list of single bytes helps nobody. */
const leastGap = 64
const mostRanges = 10_000

interface Range {
  offset: number
  length: number
}

/** The bytes of a stream in pieces as long as they are asked for. */
function pieces(stream: AsyncIterable<Uint8Array>) {
  const iterator = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  return {
    /** Up to so many bytes; none at the end. */
    async atMost(): Promise<Buffer> {
      while (held.length === 0) {
        const { done, value } = await iterator.next()
        if (done === true) break
        held = Buffer.from(value.buffer, value.byteOffset, value.length)
      }
      return held
    },
    take(bytes: number) {
      held = held.subarray(bytes)
    },
  }
}

function add(ranges: Range[], from: number, to: number): void {
  const last = ranges.at(-1)
  if (last !== undefined && from - (last.offset + last.length) < leastGap) {
    last.length = to - last.offset
  } else ranges.push({ offset: from, length: to - from })
}

/** Adds where two pieces of one length differ. */
function compare(older: Buffer, newer: Buffer, offset: number, ranges: Range[]): void {
  if (older.equals(newer)) return
  let start = -1
  for (let at = 0; at < newer.length; at++) {
    const isEqual = older[at] === newer[at]
    if (isEqual && start >= 0) {
      add(ranges, offset + start, offset + at)
      start = -1
    } else if (!isEqual && start < 0) start = at
  }
  if (start >= 0) add(ranges, offset + start, offset + newer.length)
}

/**
 * Which bytes of the newer stream are not those of the older one at the same offset; whatever the newer one has beyond
 * the older's end is one range. Reads both as they come and keeps neither. Beyond 10,000 ranges the rest is one.
 */
export async function changedRanges(
  older: AsyncIterable<Uint8Array>,
  newer: AsyncIterable<Uint8Array>,
): Promise<Range[]> {
  const ranges: Range[] = []
  const before = pieces(older)
  const after = pieces(newer)
  for (let offset = 0; ; ) {
    const ours = await after.atMost()
    if (ours.length === 0) return ranges
    const theirs = await before.atMost()
    const length = theirs.length === 0 ? ours.length : Math.min(ours.length, theirs.length)
    const isRest = theirs.length === 0 || ranges.length >= mostRanges
    if (isRest) add(ranges, offset, offset + length)
    else compare(theirs.subarray(0, length), ours.subarray(0, length), offset, ranges)
    before.take(Math.min(length, theirs.length))
    after.take(length)
    offset += length
  }
}
