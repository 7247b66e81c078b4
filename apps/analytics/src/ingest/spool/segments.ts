import { appendFile, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** A file of the spool. It is written once, shipped whole, then deleted. */
export interface Segment {
  sequence: number
  path: string
  bytes: number
  /** Unix time in milliseconds of its first event. */
  startedAt: number
}

/** The segment that takes new lines. */
export interface OpenSegment extends Segment {
  events: number
  /** Returns once the lines are on the disk. After a failure the segment takes no more. */
  append(lines: Buffer): Promise<void>
  close(): Promise<void>
}

const namePattern = /^(\d{15})\.events$/
const nameOf = (sequence: number) => `${String(sequence).padStart(15, '0')}.events`

const maxDamagedBytes = 16_777_216

/** A new name is only safe from a power cut when the directory itself was synced. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Every segment that an earlier process left, oldest first. */
export async function findSegments(dir: string): Promise<Segment[]> {
  const names = (await readdir(dir)).filter(name => namePattern.test(name)).sort()
  return Promise.all(
    names.map(async name => {
      const file = path.join(dir, name)
      const { size, birthtimeMs } = await stat(file)
      return {
        sequence: Number.parseInt(name, 10),
        path: file,
        bytes: size,
        startedAt: birthtimeMs,
      }
    }),
  )
}

export async function startSegment(dir: string, sequence: number): Promise<OpenSegment> {
  const file = path.join(dir, nameOf(sequence))
  const handle = await open(file, 'ax')
  try {
    await syncDirectory(dir)
  } catch (error) {
    await handle.close()
    await rm(file, { force: true })
    throw error
  }
  return {
    sequence,
    path: file,
    bytes: 0,
    events: 0,
    startedAt: Date.now(),
    async append(lines) {
      await handle.writeFile(lines)
      await handle.datasync()
    },
    close: () => handle.close(),
  }
}

export const deleteSegment = (segment: Segment) => rm(segment.path, { force: true })

/** Keeps a segment that cannot be read for a person to look at, under a name the spool passes over. */
export const setSegmentAside = (segment: Segment) =>
  rename(segment.path, `${segment.path}.unreadable`)

/** Keeps lines that cannot be stored beside the spool, up to a bound; false when they were dropped. */
export async function setLinesAside(dir: string, lines: readonly Buffer[]): Promise<boolean> {
  const file = path.join(dir, 'damaged.lines')
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  const content = Buffer.concat(lines)
  if (size + content.length > maxDamagedBytes) return false
  await appendFile(file, content)
  return true
}
