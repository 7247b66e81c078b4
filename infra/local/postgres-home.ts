import { createHash } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Where the data of a PostgreSQL lies, and as whom it runs. */
export type PostgresHome = {
  folder: string
  identity?: { uid: number; gid: number }
}

// PostgreSQL refuses to run as root, and initdb wants a user with a name: `nobody` exists everywhere.
const nobody = { uid: 65534, gid: 65534 }
const outside = '/var/lib/aethex'
const noteName = 'postgres-lies-elsewhere.txt'

function elsewhere(dataDir: string): string {
  const hash = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 16)
  return path.join(outside, hash)
}

function othersMayPass(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (at === path.dirname(at)) return true
  }
}

/**
 * Picks the folder for PostgreSQL's data: `<data dir>/postgres`, or, when the launcher is root and the user the
 * server runs as could not get there, a folder under /var/lib/aethex, named in a note in the data directory.
 */
export function postgresHome(dataDir: string): PostgresHome {
  const inside = path.join(dataDir, 'postgres')
  if (process.getuid?.() !== 0) return { folder: inside }
  const note = path.join(dataDir, noteName)
  if (!existsSync(note) && (existsSync(inside) || othersMayPass(dataDir))) {
    return { folder: inside, identity: nobody }
  }
  const outer = elsewhere(dataDir)
  if (!existsSync(note)) {
    // Without the note the data belongs to a data directory that was deleted: its password is gone too.
    rmSync(outer, { recursive: true, force: true })
    writeFileSync(
      note,
      `PostgreSQL does not run as root, and its user cannot reach this folder.\nIts data lies in ${outer}\n`,
    )
  }
  mkdirSync(outside, { recursive: true, mode: 0o755 })
  mkdirSync(outer, { recursive: true, mode: 0o711 })
  return { folder: path.join(outer, 'postgres'), identity: nobody }
}

/** Removes PostgreSQL's data that lies outside this data directory, if any does. */
export function removeOutsidePostgres(dataDir: string): void {
  if (!existsSync(path.join(dataDir, noteName))) return
  rmSync(elsewhere(dataDir), { recursive: true, force: true })
}

/** Makes a folder that only the server's user can enter. */
export function makePrivate(home: PostgresHome, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (home.identity) chownSync(folder, home.identity.uid, home.identity.gid)
}
