import { AeThexError } from '../../core/error.js'
import { path, type RawAnswer } from '../../core/http.js'
import type { Session } from '../../core/session.js'
import { Sha256, sha256 } from '../../core/sha256.js'
import type { Save } from './save.js'
import { lanes, patienceMs, type TransferOptions } from './transfer.js'

const rangeBytes = 4 * 2 ** 20
/** Answers that are not what was asked for. */
const mostTries = 3

const notWhole = (message: string) =>
  new AeThexError('invalid_answer', message, { retryable: true })

/** Gets the bytes of versions, in ranges, each of which is tried again by itself; what comes is held against the hash. */
export function createDownloader(session: Session) {
  async function range(
    playerId: string,
    { save_id, version, size }: Save,
    from: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const to = Math.min(from + rangeBytes, size)
    const isWhole = to - from === size
    for (let tried = 1; ; tried++) {
      const { bytes } = await session.request<RawAnswer>(
        {
          method: 'GET',
          path: path('saves', 'me', save_id),
          query: { version },
          answers: 'bytes',
          headers: isWhole ? {} : { range: `bytes=${from}-${to - 1}` },
          timeoutMs: patienceMs(to - from),
          signal,
        },
        playerId,
      )
      if (bytes.length === to - from) return bytes
      // Something in between that knows no ranges.
      if (bytes.length === size) return bytes.slice(from, to)
      if (tried === mostTries) throw notWhole('The answer is not whole.')
    }
  }

  /** The bytes in their order, with a few ranges on their way ahead. */
  async function* ranges(playerId: string, save: Save, { onProgress, signal }: TransferOptions) {
    const ahead: Promise<Uint8Array<ArrayBuffer>>[] = []
    let next = 0
    let received = 0
    const fetchNext = () => {
      if (next >= save.size) return
      const got = range(playerId, save, next, signal)
      // One that fails is heard of when it is its turn.
      got.catch(() => {})
      ahead.push(got)
      next += rangeBytes
    }
    for (let lane = 0; lane < lanes; lane++) fetchNext()
    for (let got = ahead.shift(); got !== undefined; got = ahead.shift()) {
      const bytes = await got
      received += bytes.length
      onProgress?.({ received, total: save.size })
      yield bytes
      fetchNext()
    }
  }

  const otherBytes = ({ save_id, version }: Save) =>
    notWhole(`What came is not version ${version} of ${save_id}: its hash is another one.`)

  async function bytesOnce(playerId: string, save: Save, options: TransferOptions) {
    const bytes = new Uint8Array(save.size)
    let at = 0
    for await (const piece of ranges(playerId, save, options)) {
      bytes.set(piece, at)
      at += piece.length
    }
    if (save.hash !== null && (await sha256(bytes)) !== save.hash) throw otherBytes(save)
    return bytes
  }

  async function blobOnce(playerId: string, save: Save, options: TransferOptions) {
    const hash = new Sha256()
    const pieces: Blob[] = []
    for await (const piece of ranges(playerId, save, options)) {
      hash.add(piece)
      // The browser may put it on the disk.
      pieces.push(new Blob([piece]))
    }
    if (save.hash !== null && hash.digest() !== save.hash) throw otherBytes(save)
    return new Blob(pieces, { type: save.content_type ?? '' })
  }

  /** Once more when the whole is not what it should be: something in between may have kept a damaged copy of a range. */
  const twice =
    <T>(once: (playerId: string, save: Save, options: TransferOptions) => Promise<T>) =>
    (playerId: string, save: Save, options: TransferOptions = {}): Promise<T> =>
      once(playerId, save, options).catch(thrown => {
        const isDamaged = thrown instanceof AeThexError && thrown.code === 'invalid_answer'
        if (!isDamaged || options.signal?.aborted) throw thrown
        return once(playerId, save, options)
      })

  return { bytes: twice(bytesOnce), blob: twice(blobOnce) }
}

export type Downloader = ReturnType<typeof createDownloader>
