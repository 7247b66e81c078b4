/** What the file store needs of Node's `fs/promises`. */
export interface FileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<string | undefined>
  readdir(path: string, options: { recursive: true }): Promise<string[]>
  readFile(path: string): Promise<Uint8Array>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: true }): Promise<void>
  stat(path: string): Promise<{ mtimeMs: number }>
  utimes(path: string, atime: Date, mtime: Date): Promise<void>
  open(path: string, flags: string): Promise<FileHandle>
}

interface FileHandle {
  writeFile(data: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** What the file store needs of Node's global `process`. */
interface Platform {
  pid: number
  kill(pid: number, signal: 0): unknown
  getBuiltinModule(name: 'node:fs/promises'): FileSystem
}

/** Asked for at run time, so that no bundler for browsers meets an import of Node's modules. */
function findPlatform(): Platform | undefined {
  const { process } = globalThis as { process?: Partial<Platform> }
  return process?.getBuiltinModule === undefined ? undefined : (process as Platform)
}

export const findFileSystem = () => findPlatform()?.getBuiltinModule('node:fs/promises')

export const ownPid = () => findPlatform()?.pid ?? 0

export function isRunning(pid: number): boolean {
  try {
    findPlatform()?.kill(pid, 0)
    return true
  } catch (thrown) {
    // One that belongs to somebody else refuses the signal, but runs.
    return !hasCode(thrown, 'ESRCH')
  }
}

export const hasCode = (thrown: unknown, code: string) =>
  typeof thrown === 'object' && thrown !== null && Reflect.get(thrown, 'code') === code

/** The answer, or undefined when there is no such file. */
export async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined
    throw thrown
  }
}

/** Makes the names in a folder last; some systems (Windows) have no such thing and need none. */
export async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (thrown) {
    if (hasCode(thrown, 'EIO') || hasCode(thrown, 'ENOSPC')) throw thrown
  }
}

/** Writes a file of a new name so that it lasts. */
export async function writeFile(
  fs: FileSystem,
  path: string,
  flags: 'w' | 'wx',
  bytes: Uint8Array,
): Promise<void> {
  const handle = await fs.open(path, flags)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
