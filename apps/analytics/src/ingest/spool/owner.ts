import { stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Closable } from '@aethex/shared/lifecycle'

// A predecessor may still be draining; longer than that it is a second process, not a restart.
const patienceMs = 15_000
const retryMs = 100

const isTaken = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

function bind(name: string): Promise<Closable> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(name, () => {
      server.unref()
      resolve({ close: () => new Promise(done => server.close(() => done())) })
    })
  })
}

/**
 * Makes this process the only one to use a directory: two would ship and delete each other's files.
 * The hold is an abstract socket, which Linux frees with its process, so `kill -9` leaves no stale
 * lock; elsewhere there is no such thing and the operator must see to it.
 */
export async function holdDirectory(dir: string): Promise<Closable> {
  if (process.platform !== 'linux') return { close: async () => undefined }
  const { dev, ino } = await stat(dir)
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return await bind(`\0aethex-spool-${dev}-${ino}`)
    } catch (error) {
      if (!isTaken(error)) throw error
      if (Date.now() > deadline) {
        throw new Error(
          `Another process uses ${dir}: give each analytics process its own SPOOL_DIR`,
        )
      }
      await sleep(retryMs)
    }
  }
}
