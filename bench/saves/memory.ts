import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Bench } from '../bench.js'
import type { Player } from '../players.js'

const megabyte = 1_048_576
const fileBytes = 500 * megabyte
const pieceBytes = 4 * megabyte

/** Bytes that no compression and no sharing makes fewer, the same in every run (xorshift32, Marsaglia 2003). */
function* noise(): Generator<Buffer> {
  let state = 2_463_534_242
  for (let sent = 0; sent < fileBytes; sent += pieceBytes) {
    const piece = Buffer.allocUnsafe(pieceBytes)
    for (let at = 0; at < pieceBytes; at += 4) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      piece.writeInt32LE(state, at)
    }
    yield piece
  }
}

/** Resident memory of a process in MB; undefined where there is no /proc. */
function residentOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1_024)
  } catch {
    return undefined
  }
}

/** The most that a process has held while some work went on. */
async function watching(pid: number | undefined, work: () => Promise<void>) {
  const before = residentOf(pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most ?? 0, residentOf(pid) ?? 0)
  }, 50)
  const startedAt = performance.now()
  await work().finally(() => clearInterval(timer))
  return { before, most, seconds: (performance.now() - startedAt) / 1_000 }
}

/** Whether the API's memory stays flat while a file of 500 MB passes through it, in and out. */
export async function measureMemory({ site, progress }: Bench, { headers }: Player): Promise<void> {
  const { urls, pids } = site.stack
  const url = `${urls.api}/api/v1/saves/me/large`
  const type = 'application/octet-stream'
  const sent = createHash('sha256')
  progress.begin('A file of 500 MB')
  const write = await watching(pids.api, async () => {
    const body = Readable.from(
      (function* () {
        for (const piece of noise()) {
          sent.update(piece)
          yield piece
        }
      })(),
    )
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { ...headers, 'content-type': type, 'content-length': String(fileBytes) },
      body: Readable.toWeb(body) as ReadableStream,
      duplex: 'half',
    })
    if (answer.status !== 201) throw new Error(`the file was answered ${answer.status}`)
  })
  const received = createHash('sha256')
  const read = await watching(pids.api, async () => {
    const answer = await fetch(url, { headers: { ...headers, accept: type } })
    for await (const piece of answer.body ?? []) received.update(piece)
  })
  if (sent.digest('hex') !== received.digest('hex')) throw new Error('the file came back changed')
  const row = (name: string, { before, most, seconds }: typeof write) =>
    `    ${name}  resident before ${before} MB, at most ${most} MB, ${(500 / seconds).toFixed(0)} MB/s`
  progress.print(
    `\n  A file of 500 MB through the API, byte-identical\n${row('in ', write)}\n${row('out', read)}`,
  )
}
