import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startOf } from './leftovers.js'
import { removeOutsidePostgres } from './postgres-home.js'
import { readJson } from './private-json.js'
import { sentenceOf, Trouble } from './trouble.js'

const markerName = '.aethex-data'
const lockName = 'launcher.json'
const stoppingPatienceMs = 30_000

type Owner = { pid: number; start: string; stopping?: boolean }

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'pid' in value && 'start' in value
}

function livingOwner(file: string): Owner | undefined {
  const owner = readJson(file)
  return isOwner(owner) && startOf(owner.pid) === owner.start ? owner : undefined
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK)
  } catch (error) {
    throw new Trouble(
      `The data cannot be kept in ${dataDir} (${sentenceOf(error)}). Set AETHEX_DATA_DIR to a folder of yours.`,
    )
  }
}

function makeOurs(dataDir: string): void {
  makeFolder(dataDir)
  const marker = path.join(dataDir, markerName)
  if (existsSync(marker)) {
    const owner = statSync(marker).uid
    // Root could write here, and would lock the owner out of the files it makes.
    if (process.getuid === undefined || process.getuid() === owner) return
    throw new Trouble(
      `The data in ${dataDir} belongs to the user with the id ${owner}. Start as that user, or set AETHEX_DATA_DIR to another folder.`,
    )
  }
  if (readdirSync(dataDir).length > 0) {
    throw new Trouble(
      `${dataDir} holds files of something else. Set AETHEX_DATA_DIR to another folder.`,
    )
  }
  // PostgreSQL's own user must get through when the launcher is root; what is secret is a file only its owner reads.
  if (process.getuid?.() === 0) chmodSync(dataDir, 0o711)
  writeFileSync(marker, 'AeThex Cloud keeps its local data here.\n')
}

/** Creates the lock file; false when there is one already. */
function tryLock(file: string, owner: Owner): boolean {
  try {
    writeFileSync(file, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Takes a lock away whose launcher is gone; puts it back when another launcher was quicker. */
function dropStaleLock(file: string): void {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (livingOwner(aside)) renameSync(aside, file)
  else rmSync(aside, { force: true })
}

async function lock(dataDir: string): Promise<() => void> {
  const file = path.join(dataDir, lockName)
  const owner: Owner = { pid: process.pid, start: startOf(process.pid) ?? '' }
  const deadline = performance.now() + stoppingPatienceMs
  while (!tryLock(file, owner)) {
    const other = livingOwner(file)
    if (!other) dropStaleLock(file)
    else if (!other.stopping || performance.now() > deadline) {
      throw new Trouble(
        `AeThex Cloud already runs with the data in ${dataDir} (process ${other.pid}). Stop that one, or set AETHEX_DATA_DIR and AETHEX_PORT for a second.`,
      )
    } else await sleep(200)
  }
  return () => writeFileSync(file, JSON.stringify({ ...owner, stopping: true }))
}

export type DataDir = {
  path: string
  /** Lets the next launcher wait instead of giving up. */
  announceStop: () => void
  release: () => void
}

/**
 * Makes the data directory ours and locks it against a second launcher.
 * @throws Trouble when another launcher holds it or it belongs to something else
 */
export async function openDataDir(dataDir: string): Promise<DataDir> {
  makeOurs(dataDir)
  const announceStop = await lock(dataDir)
  const release = () => rmSync(path.join(dataDir, lockName), { force: true })
  return { path: dataDir, announceStop, release }
}

/** Deletes everything in a data directory that is locked by us. */
export function wipeDataDir(dataDir: string): void {
  removeOutsidePostgres(dataDir)
  for (const name of readdirSync(dataDir)) {
    if (name === markerName || name === lockName) continue
    rmSync(path.join(dataDir, name), { recursive: true, force: true })
  }
}
