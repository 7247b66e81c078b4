import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ensureAppUser } from '../../../local/app-user.js'
import { deployMigrations } from '../../../local/migrate.js'
import { freePort } from '../../../local/ports.js'
import { ensureDatabase, preparePostgres } from '../../../local/postgres.js'
import { removeOutsidePostgres } from '../../../local/postgres-home.js'
import { type RunningProcess, runProcess } from '../../../local/processes.js'

const run = promisify(execFile)

/** A PostgreSQL whose disk can be full. */
export interface SmallDisk {
  /** `tmpfs`: a file system of its own that is really full; `plain`: none could be mounted. */
  kind: 'tmpfs' | 'plain'
  /** For the apps. */
  url: string
  /** Leaves no byte. */
  fill(): Promise<void>
  /** Makes room again, and starts the server if it has ended over it. */
  free(): Promise<void>
  close(): Promise<void>
}

const roomMb = 400

/** Only who administers the machine may mount; everybody else has to do with a plain folder. */
async function mountSmall(folder: string): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${roomMb}m,mode=0711`, 'tmpfs', folder])
    return true
  } catch {
    return false
  }
}

/** Writes until there is no room, in pieces that become smaller. */
async function fillWith(file: string): Promise<void> {
  const filler = await open(file, 'w')
  try {
    for (let size = 1_048_576; size >= 512; ) {
      try {
        await filler.write(Buffer.alloc(size))
      } catch {
        size /= 2
      }
    }
  } finally {
    await filler.close()
  }
}

/** Starts a migrated PostgreSQL on a disk of its own, where one can be mounted. */
export async function openSmallDisk(password: string): Promise<SmallDisk> {
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-small-disk-'))
  const logs = mkdtempSync(path.join(tmpdir(), 'aethex-small-disk-logs-'))
  const isMounted = await mountSmall(folder)
  const filler = path.join(folder, 'filler')
  let running: RunningProcess | undefined
  let hasEnded = false

  const postgres = await preparePostgres({
    dataDir: folder,
    port: await freePort(),
    logFile: path.join(logs, 'postgres.log'),
    settings: { max_wal_size: '48MB', min_wal_size: '32MB', shared_buffers: '16MB' },
  })
  async function start(): Promise<void> {
    running = await runProcess(postgres.spec)
    hasEnded = false
    void running.exited.then(() => {
      hasEnded = true
    })
  }
  async function close(): Promise<void> {
    await running?.stop()
    if (isMounted) await run('umount', ['-l', folder])
    else removeOutsidePostgres(folder)
    for (const each of [folder, logs]) rmSync(each, { recursive: true, force: true })
  }
  try {
    await start()
    await ensureDatabase(postgres.adminUrl)
    await deployMigrations(postgres.url)
    const url = await ensureAppUser(postgres.url, password)
    return {
      kind: isMounted ? 'tmpfs' : 'plain',
      url,
      fill: async () => {
        if (isMounted) await fillWith(filler)
      },
      free: async () => {
        await rm(filler, { force: true })
        if (hasEnded) await start()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
