import path from 'node:path'
import { freePort } from './ports.js'
import { startPostgres } from './postgres.js'
import { scratchFolder } from './scratch-folder.js'

/** A PostgreSQL for a while, with the URL of its administrator; stopping it removes its data. */
export async function scratchPostgres(): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  const { folder, remove } = scratchFolder()
  try {
    const postgres = await startPostgres({
      dataDir: folder,
      port: await freePort(),
      logFile: path.join(folder, 'postgres.log'),
      settings: { fsync: 'off' },
    })
    const stop = async () => {
      await postgres.process.stop()
      remove()
    }
    return { adminUrl: postgres.adminUrl, stop }
  } catch (error) {
    remove()
    throw error
  }
}

/** Runs `work` on a PostgreSQL that exists only meanwhile. */
export async function withScratchPostgres<T>(work: (adminUrl: string) => Promise<T>): Promise<T> {
  const { adminUrl, stop } = await scratchPostgres()
  return work(adminUrl).finally(stop)
}
