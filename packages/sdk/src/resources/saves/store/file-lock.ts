import { backoffMs } from '../../../core/backoff.js'
import { later } from '../../../core/timer.js'
import { uuidv7 } from '../../../core/uuid.js'
import {
  type FileSystem,
  hasCode,
  isRunning,
  ownPid,
  unlessMissing,
  writeFile,
} from './file-system.js'

const renewMs = 3_000
/** A holder that has not shown itself for so long is gone, or as good as gone. */
const staleMs = 10_000
const waits = { firstMs: 5, maxMs: 100 }

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** The locks that this very process holds: a lock file with its pid and another token is of an earlier life. */
const held = new Set<string>()

function isAbandoned(text: string, mtimeMs: number): boolean {
  if (Date.now() - mtimeMs > staleMs) return true
  const [pid, token] = text.split(' ')
  // Written, but not whole yet: its age will tell.
  if (token === undefined) return false
  return Number(pid) === ownPid() ? !held.has(token) : !isRunning(Number(pid))
}

/** A lock among processes: who makes the file has it, and touches it for as long as they live. */
export function createFileLock(fs: FileSystem) {
  async function breakAbandoned(path: string): Promise<void> {
    const found = await unlessMissing(Promise.all([fs.readFile(path), fs.stat(path)]))
    if (found === undefined) return
    const [bytes, { mtimeMs }] = found
    if (!isAbandoned(new TextDecoder().decode(bytes), mtimeMs)) return
    // Of several who see it abandoned only one can move it away.
    const away = `${path}.${uuidv7()}`
    await unlessMissing(fs.rename(path, away))
    await fs.rm(away, { force: true })
  }

  async function take(path: string, token: string): Promise<boolean> {
    try {
      await writeFile(fs, path, 'wx', new TextEncoder().encode(`${ownPid()} ${token}`))
      return true
    } catch (thrown) {
      if (!hasCode(thrown, 'EEXIST')) throw thrown
      await breakAbandoned(path)
      return false
    }
  }

  return async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    const token = uuidv7()
    held.add(token)
    let stop = () => {}
    try {
      for (let tries = 0; !(await take(path, token)); tries++) await pause(backoffMs(tries, waits))
      const renew = () => {
        void fs.utimes(path, new Date(), new Date()).catch(() => {})
        stop = later(renewMs, renew)
      }
      stop = later(renewMs, renew)
      return await work()
    } finally {
      stop()
      const holder = await unlessMissing(fs.readFile(path))
      const isOurs = holder !== undefined && new TextDecoder().decode(holder).endsWith(token)
      if (isOurs) await fs.rm(path, { force: true })
      // Not before: whoever reads the file of a lock that is being left would take it for abandoned, and move the next
      // one's away.
      held.delete(token)
    }
  }
}
