import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Zip, ZipDeflate } from 'fflate'
import type { Parts } from '../../gateway/context.js'
import { playerData } from '../../player-data.js'

const about = `This archive holds what is kept about one player.

Each folder belongs to one feature. JSON files are UTF-8 text; times are UTC (RFC 3339).
manifest.json lists every file with its size in bytes and its SHA-256.
`

interface Written {
  name: string
  size: number
  sha256: string
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const bytesOf = (content: unknown): Uint8Array =>
  content instanceof Uint8Array ? content : Buffer.from(`${JSON.stringify(content, null, 2)}\n`)

/** Writes the archive of a player into a file, one entry after the other, so that only one is ever in memory. */
export async function writeArchive(
  parts: Parts,
  environmentId: string,
  playerId: string,
  file: string,
): Promise<{ size: number; sha256: Buffer }> {
  const out = createWriteStream(file, { mode: 0o600 })
  const hash = createHash('sha256')
  let size = 0
  let failure: Error | undefined
  out.on('error', error => {
    failure = error
  })
  const zip = new Zip((error, chunk) => {
    if (error !== null) failure = error
    hash.update(chunk)
    size += chunk.length
    out.write(chunk)
  })
  const add = async (name: string, bytes: Uint8Array) => {
    const entry = new ZipDeflate(name, { level: 6 })
    zip.add(entry)
    entry.push(bytes, true)
    if (failure !== undefined) throw failure
    if (out.writableNeedDrain) await once(out, 'drain')
  }
  const files: Written[] = []
  try {
    // Whatever a feature's statement says, the archive has nothing of another tenant.
    const walled = { ...parts, db: parts.db.walled(environmentId) }
    for (const feature of playerData) {
      for await (const { name, content } of feature.exportFor(walled, environmentId, playerId)) {
        const bytes = bytesOf(content)
        const path = `${feature.name}/${name}`
        files.push({ name: path, size: bytes.length, sha256: sha256(bytes) })
        await add(path, bytes)
      }
    }
    const createdAt = parts.now().toISOString()
    const manifest = {
      environment_id: environmentId,
      player_id: playerId,
      created_at: createdAt,
      files,
    }
    await add('manifest.json', bytesOf(manifest))
    await add('README.txt', Buffer.from(about))
    zip.end()
    out.end()
    await once(out, 'close')
    if (failure !== undefined) throw failure
    return { size, sha256: hash.digest() }
  } finally {
    out.destroy()
  }
}
