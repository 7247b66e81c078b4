import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode } from './errors.js'

/** Makes the names inside a folder survive a power cut; does nothing where folders cannot be synced. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    const unsupported = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL']
    if (!unsupported.includes(systemErrorCode(error) ?? '')) throw error
  }
}

/** Moves a synced file to its final name; the name is durable when this resolves. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(path.dirname(to))
}

/** Replaces a small JSON file at once: readers see the old or the new content, never a part. */
export async function writeJsonDurably(tmp: string, to: string, value: object): Promise<void> {
  const draft = path.join(tmp, randomUUID())
  try {
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(JSON.stringify(value))
      await file.sync()
    } finally {
      await file.close()
    }
    await moveDurably(draft, to)
  } finally {
    await rm(draft, { force: true })
  }
}
