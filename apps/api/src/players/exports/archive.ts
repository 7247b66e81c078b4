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

const isStream = (content: unknown): content is AsyncIterable<Uint8Array> =>
  typeof content === 'object' && content !== null && Symbol.asyncIterator in content

async function* piecesOf(content: unknown): AsyncGenerator<Uint8Array> {
  if (isStream(content)) yield* content
  else if (content instanceof Uint8Array) yield content
  else yield Buffer.from(`${JSON.stringify(content, null, 2)}\n`)
}

/** Writes the archive of a player into a file, one entry after the other, so that only a piece is ever in memory. */
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
  const add = async (name: string, content: unknown): Promise<Written> => {
    const entry = new ZipDeflate(name, { level: 6 })
    zip.add(entry)
    const entryHash = createHash('sha256')
    let entrySize = 0
    for await (const piece of piecesOf(content)) {
      entry.push(piece)
      entryHash.update(piece)
      entrySize += piece.length
      if (failure !== undefined) throw failure
      if (out.writableNeedDrain) await once(out, 'drain')
    }
    entry.push(new Uint8Array(0), true)
    return { name, size: entrySize, sha256: entryHash.digest('hex') }
  }
  const files: Written[] = []
  try {
    // Whatever a feature's statement says, the archive has nothing of another tenant.
    const walled = { ...parts, db: parts.db.walled(environmentId) }
    for (const feature of playerData) {
      for await (const { name, content } of feature.exportFor(walled, environmentId, playerId)) {
        files.push(await add(`${feature.name}/${name}`, content))
      }
    }
    const createdAt = parts.now().toISOString()
    const manifest = {
      environment_id: environmentId,
      player_id: playerId,
      created_at: createdAt,
      files,
    }
    await add('manifest.json', manifest)
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
