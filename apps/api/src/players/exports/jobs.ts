import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { writeArchive } from './archive.js'
import {
  claimExport,
  type ExportRow,
  finishExport,
  postponeExport,
  putArchive,
  removeArchive,
  takeExpired,
} from './store.js'

const keptMs = 7 * 86_400_000
const pauseMs = 60_000

async function make(parts: Parts, row: ExportRow): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aethex-export-'))
  try {
    const file = path.join(folder, 'archive.zip')
    const { size, sha256 } = await writeArchive(parts, row.environment_id, row.player_id, file)
    await putArchive(parts.blobs, row, createReadStream(file), size)
    const at = parts.now()
    const expiresAt = new Date(at.getTime() + keptMs)
    const done = { id: row.id, at, expiresAt, size, sha256 }
    await finishExport(row.environment_id, parts.db, done)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeDue(parts: Parts, log: Logger): Promise<void> {
  for (const row of await takeExpired(parts.db, parts.now())) await removeArchive(parts.blobs, row)
  for (;;) {
    const row = await claimExport(parts.db, parts.now())
    if (row === undefined) return
    await make(parts, row).catch(async error => {
      log.warn({ err: error, export: row.id }, 'an export waits')
      const until = new Date(parts.now().getTime() + pauseMs)
      await postponeExport(row.environment_id, parts.db, row.id, until)
    })
  }
}

/** Makes the archives that players asked for, and forgets them after a week. */
export const makeExports = (parts: Parts, log: Logger): Closable =>
  parts.repeat({ name: 'exports', everyMs: 2_000, work: () => makeDue(parts, log) })
