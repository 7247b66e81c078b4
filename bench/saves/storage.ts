import { randomUUID } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import pg from 'pg'
import { evolvingSave } from '../../apps/api/src/testing/evolving-save.js'
import type { Bench } from '../bench.js'
import type { Player } from '../players.js'

const versions = 50
const megabyte = 1_048_576

const rowBytes = `SELECT
  (SELECT sum(length(recipe) + 16 * cardinality(packs)) FROM save_version WHERE player_id = $1 AND save_id = $2)::int AS recipes,
  (SELECT sum(length(blocks) + length(chunks)) FROM save_pack WHERE player_id = $1 AND save_id = $2)::int AS tables,
  (SELECT sum(stored_size) FROM save_pack WHERE player_id = $1 AND save_id = $2)::int AS objects`

const shown = (bytes: number) => `${(bytes / megabyte).toFixed(2)} MB`.padStart(10)

/** What fifty versions of a save of a megabyte take, against fifty copies of it, plain and compressed one by one. */
export async function measureStorage({ site, progress }: Bench, player: Player): Promise<void> {
  progress.begin(`${versions} versions of a save of 1 MB`)
  const { urls } = site.stack
  const saveId = `storage-${randomUUID()}`
  const game = evolvingSave(megabyte)
  let plain = 0
  let gzipped = 0
  let brotli = 0
  for (let version = 1; version <= versions; version++) {
    if (version > 1) game.play()
    const bytes = game.bytes()
    plain += bytes.length
    gzipped += gzipSync(bytes).length
    brotli += brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length
    const answer = await fetch(`${urls.api}/api/v1/saves/me/${saveId}`, {
      method: 'PUT',
      headers: { ...player.headers, 'content-type': 'application/json' },
      body: new Uint8Array(bytes),
    })
    if (answer.status !== 201) throw new Error(`a save was answered ${answer.status}`)
    progress.turn(`version ${version}`)
  }
  const database = new pg.Client({ connectionString: urls.database })
  await database.connect()
  const { rows } = await database.query(rowBytes, [player.id, saveId])
  await database.end()
  const { recipes, tables, objects } = rows[0]
  const ours = recipes + tables + objects
  progress.print(`
  ${versions} successive versions of a save of 1 MB, as stored
    full copies            ${shown(plain)}
    gzip -6 each           ${shown(gzipped)}
    brotli 5 each          ${shown(brotli)}
    AeThex                 ${shown(ours)}   objects ${shown(objects)}, rows beside them ${shown(recipes + tables)}
    ours ÷ full copies ${(ours / plain).toFixed(4)} · ours ÷ gzip copies ${(ours / gzipped).toFixed(4)}`)
}
