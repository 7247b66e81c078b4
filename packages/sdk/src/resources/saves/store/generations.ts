import { type FileSystem, unlessMissing } from './file-system.js'

/** What one of the two files of a key holds. */
export interface Generation {
  path: string
  /** Counts up; the higher of two that are whole is the newer. 0 where nothing whole is. */
  number: number
  bytes: Uint8Array | undefined
  /** There is a file, but not what was written to it. */
  isDamaged: boolean
}

const lineEnd = 10
const longestHead = 200

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** A file says of itself which generation it is, and what its checksum must be. */
export async function frame(number: number, bytes: Uint8Array): Promise<Uint8Array> {
  const body = new Uint8Array(bytes)
  const head = new TextEncoder().encode(`aethex-save 1 ${number} ${await sha256Hex(body)}\n`)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return whole
}

async function unframe(
  file: Uint8Array,
): Promise<{ number: number; bytes: Uint8Array } | undefined> {
  const end = file.subarray(0, longestHead).indexOf(lineEnd)
  const head = new TextDecoder().decode(file.subarray(0, Math.max(0, end)))
  const [, number, sum] = /^aethex-save 1 (\d+) ([0-9a-f]{64})$/.exec(head) ?? []
  const bytes = new Uint8Array(file.subarray(end + 1))
  return sum !== undefined && sum === (await sha256Hex(bytes))
    ? { number: Number(number), bytes }
    : undefined
}

async function readGeneration(fs: FileSystem, path: string): Promise<Generation> {
  const file = await unlessMissing(fs.readFile(path))
  const whole = file === undefined ? undefined : await unframe(file)
  const isDamaged = file !== undefined && whole === undefined
  return { path, number: whole?.number ?? 0, bytes: whole?.bytes, isDamaged }
}

/** The two files of a key, the newer first. */
export async function readGenerations(fs: FileSystem, path: string) {
  const [a, b] = await Promise.all([
    readGeneration(fs, `${path}.a`),
    readGeneration(fs, `${path}.b`),
  ])
  return a.number > b.number ? ([a, b] as const) : ([b, a] as const)
}
