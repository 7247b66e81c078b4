import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Session } from 'chdb'

const lockPatienceMs = 15_000
const lockRetryMs = 100

export type SessionPool = {
  /** Runs work in a session of its own, in order of arrival once a place is free. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** Waits for running work, then releases the directory. */
  close(): Promise<void>
}

/**
 * Opens the engine on a directory and runs at most `size` sessions on it at a time. Every piece of
 * work gets a fresh session (under a millisecond), so no setting, parameter or temporary table of
 * one query is seen by another. Throws when another process keeps the directory locked.
 */
export async function openSessionPool(dir: string, size: number): Promise<SessionPool> {
  await mkdir(dir, { recursive: true })
  // The engine stops with its last session; this one keeps it, and the directory's lock.
  const anchor = await openUnlocked(dir)
  const waiting: (() => void)[] = []
  const running = new Set<Promise<unknown>>()
  let free = size
  let isClosed = false

  async function takePlace(): Promise<void> {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
  }

  function leavePlace(): void {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return {
    async run(work) {
      await takePlace()
      try {
        if (isClosed) throw new Error('The server is shutting down.')
        const working = inFreshSession(dir, work)
        running.add(working)
        return await working.finally(() => running.delete(working))
      } finally {
        leavePlace()
      }
    },
    async close() {
      isClosed = true
      await Promise.allSettled(running)
      anchor.close()
    },
  }
}

async function inFreshSession<T>(dir: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session(dir)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** A process killed a moment ago may hold the directory's lock until the kernel has buried it. */
async function openUnlocked(dir: string): Promise<Session> {
  const deadline = Date.now() + lockPatienceMs
  for (;;) {
    try {
      return new Session(dir)
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`ClickHouse cannot open ${dir}: is another process using it?`, {
          cause: error,
        })
      }
      await sleep(lockRetryMs)
    }
  }
}
