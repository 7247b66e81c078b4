import { AeThexError } from '../../../core/error.js'
import { createFileLock } from './file-lock.js'
import {
  type FileSystem,
  findFileSystem,
  syncFolder,
  unlessMissing,
  writeFile,
} from './file-system.js'
import { frame, readGenerations } from './generations.js'
import { createTurns } from './in-turn.js'
import type { SaveStore } from './save-store.js'

export interface FileStoreOptions {
  /** Where the files go; it is made when it is not there. One folder for a game. */
  folder: string
  /** `fs/promises` of Node, or what stands in for it. */
  fs?: FileSystem
  /** Hears of each damaged file, which is put aside; `console.warn` unless given. */
  onDamage?: (error: AeThexError) => void
}

// With a letter in front no name is reserved anywhere, and none is `..`.
const toName = (segment: string) => `_${encodeURIComponent(segment)}`
const toSegment = (name: string) => decodeURIComponent(name.slice(1))

function platformFiles(): FileSystem {
  const fs = findFileSystem()
  if (fs !== undefined) return fs
  throw new AeThexError('storage_failed', 'This platform has no files: give the store an `fs`.')
}

/**
 * Keeps saves in files (Node). Each key has two files that are written in turn, each with its generation and a checksum:
 * a new one is written aside, brought to the disk and renamed, so that a crash leaves the old or the new. When the
 * newer is damaged, the one before it is read; when both are, the call rejects with `storage_failed`.
 */
export function createFileStore(options: FileStoreOptions): SaveStore {
  const fs = options.fs ?? platformFiles()
  const { folder } = options
  const onDamage = options.onDamage ?? (error => console.warn(error.message))
  const inTurn = createTurns()
  const lockFile = createFileLock(fs)

  const pathOf = (key: string) => [folder, ...key.split('/').map(toName)].join('/')
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'))

  async function makeFolder(path: string): Promise<void> {
    const first = await fs.mkdir(path, { recursive: true })
    if (first === undefined) return
    // A new folder's name is kept by the one above it.
    for (let each = path; each.length >= first.length; each = folderOf(each)) {
      await syncFolder(fs, folderOf(each) || '/')
    }
  }

  async function read(key: string): Promise<Uint8Array | undefined> {
    const [newer, older] = await readGenerations(fs, pathOf(key))
    for (const { path, isDamaged } of [newer, older]) {
      if (!isDamaged) continue
      await unlessMissing(fs.rename(path, `${path}.damaged`))
      onDamage(new AeThexError('storage_failed', `The file ${path} is damaged; it was put aside.`))
    }
    const found = newer.bytes ?? older.bytes
    if (found === undefined && (newer.isDamaged || older.isDamaged)) {
      throw new AeThexError('storage_failed', `What was kept at ${key} is damaged.`)
    }
    return found
  }

  async function write(key: string, bytes: Uint8Array): Promise<void> {
    const path = pathOf(key)
    await makeFolder(folderOf(path))
    const [newer, older] = await readGenerations(fs, path)
    const aside = `${path}.new`
    await writeFile(fs, aside, 'w', await frame(newer.number + 1, bytes))
    await fs.rename(aside, older.path)
    await syncFolder(fs, folderOf(path))
  }

  async function remove(key: string): Promise<void> {
    const path = pathOf(key)
    // The older goes first: after a crash in between, what is read is still the newer.
    const hasSecond = (await unlessMissing(fs.stat(`${path}.b`))) !== undefined
    const paths = hasSecond
      ? (await readGenerations(fs, path)).map(generation => generation.path).reverse()
      : [`${path}.a`]
    for (const each of paths) await fs.rm(each, { force: true })
  }

  return {
    lasts: true,
    read: key => inTurn(key, () => read(key)),
    write: (key, bytes) => inTurn(key, () => write(key, bytes)),
    remove: key => inTurn(key, () => remove(key)),
    async keys(prefix) {
      const under = prefix.split('/').slice(0, -1)
      const top = [folder, ...under.map(toName)].join('/')
      const names = (await unlessMissing(fs.readdir(top, { recursive: true }))) ?? []
      const keys = names
        .filter(name => /\.[ab]$/.test(name))
        .map(name => name.slice(0, -2).split(/[/\\]/).map(toSegment))
        .map(segments => [...under, ...segments].join('/'))
      return [...new Set(keys)]
    },
    lock: (name, work) =>
      inTurn(`lock:${name}`, async () => {
        await makeFolder(folder)
        return lockFile(`${folder}/${encodeURIComponent(name)}.lock`, work)
      }),
    tell() {},
    onTold: () => () => {},
    close() {},
  }
}
