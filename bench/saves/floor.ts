import { randomUUID } from 'node:crypto'
import { type Blobs, openBlobs } from '@aethex/shared/blobs'
import pg from 'pg'
import type { Site } from '../site.js'

const table = `CREATE TABLE IF NOT EXISTS bench_save (
  player_id uuid, save_id text, version int NOT NULL, object_key text NOT NULL, size int NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (player_id, save_id))`

const put = {
  name: 'put',
  text: `INSERT INTO bench_save AS s VALUES ($1, $2, 1, $3, $4) ON CONFLICT (player_id, save_id) DO UPDATE
    SET version = s.version + 1, object_key = $3, size = $4, updated_at = now() RETURNING version`,
}
const find = {
  name: 'find',
  text: 'SELECT * FROM bench_save WHERE player_id = $1 AND save_id = $2',
}

/** The least that a durable save can be: one object, then one row. No history, no conflict, no checks. */
export interface SaveFloor {
  /** Of one slot of one player. */
  slot(): { save(packed: Uint8Array): Promise<void>; load(): Promise<void> }
  close(): Promise<void>
}

/** Uses the same clients on the same PostgreSQL and S3 as the API does. */
export async function openSaveFloor({ stack, demo }: Site): Promise<SaveFloor> {
  const pool = new pg.Pool({ connectionString: stack.urls.database, max: 16 })
  await pool.query(table)
  const { endpoint, region, bucket, access_key_id, secret_access_key } = stack.urls.s3
  const blobs: Blobs = openBlobs({
    endpoint,
    region,
    bucket,
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key,
  })
  let written = 0
  return {
    slot() {
      const playerId = randomUUID()
      return {
        async save(packed) {
          written += 1
          const key = `bench/${demo.environment_id}/${playerId}/${written}`
          await blobs.put(key, packed)
          await pool.query({ ...put, values: [playerId, 'slot1', key, packed.length] })
        },
        async load() {
          const found = await pool.query({ ...find, values: [playerId, 'slot1'] })
          await blobs.get(found.rows[0].object_key)
        },
      }
    },
    async close() {
      await pool.end()
      await blobs.close()
    },
  }
}
