import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { removeOutsidePostgres } from './postgres-home.js'

/** A new folder for a while. Other users may pass through it, as PostgreSQL's must. */
export function scratchFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-scratch-'))
  chmodSync(folder, 0o711)
  const remove = () => {
    removeOutsidePostgres(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, remove }
}

/** Runs `work` in a folder that exists only meanwhile. */
export async function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = scratchFolder()
  return work(folder).finally(remove)
}
