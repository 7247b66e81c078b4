import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { jsonOf, noise, sendBytes } from '../../testing/raw-saves.js'
import { uploaderOf } from '../../testing/upload-client.js'

const stack = inject('stack')
const mebibyte = 1_048_576
let environment: TestEnvironment
let holder: pg.Client
let watcher: pg.Client
const s3 = new S3Client({
  endpoint: stack.s3.endpoint,
  region: stack.s3.region,
  forcePathStyle: true,
  credentials: {
    accessKeyId: stack.s3.access_key_id,
    secretAccessKey: stack.s3.secret_access_key,
  },
})
let it: Awaited<ReturnType<typeof fresh>>

async function fresh() {
  const player = await freshPlayer(environment)
  return { player, ...uploaderOf(stack.api_url, player.headers) }
}
const read = (slot = 'file') =>
  sendBytes('GET', `${stack.api_url}/api/v1/saves/me/${slot}`, {
    ...it.player.headers,
    accept: 'application/octet-stream',
  })

/** The packs of versions that have no object: a read may not notice while a process still remembers their bytes. */
async function packsWithoutObject(): Promise<string[]> {
  const Prefix = `saves/${environment.environmentId}/${it.player.id}/`
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: stack.s3.bucket, Prefix }),
  )
  const there = new Set(Contents.map(({ Key = '' }) => Key.slice(Prefix.length)))
  const { rows } = await watcher.query('SELECT pack_id FROM save_pack WHERE player_id = $1', [
    it.player.id,
  ])
  return rows.map(({ pack_id }) => pack_id).filter(pack => !there.has(pack))
}

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  holder = new pg.Client({ connectionString: stack.database_url })
  watcher = new pg.Client({ connectionString: stack.database_url })
  await Promise.all([holder.connect(), watcher.connect()])
})
afterAll(async () => {
  s3.destroy()
  await Promise.all([holder.end(), watcher.end()])
})
beforeEach(async () => {
  it = await fresh()
})

/** Holds rows while something is begun that has to wait for them. */
async function holding<Value>(sql: string, id: string, begin: () => Promise<Value>) {
  await holder.query('BEGIN')
  try {
    await holder.query(sql, [id])
    return await begin()
  } finally {
    await holder.query('COMMIT')
  }
}

/** Waits until so many statements wait for the rows that are held, one behind the other. */
async function waiting(count: number): Promise<void> {
  const { rows } = await holder.query('SELECT pg_backend_pid() AS pid')
  await vi.waitFor(
    async () => {
      const { rows: blocked } = await watcher.query(
        `WITH RECURSIVE blocked AS (
           SELECT $1::int AS pid
           UNION
           SELECT a.pid FROM pg_stat_activity a, blocked b
           WHERE a.wait_event_type = 'Lock' AND b.pid = ANY(pg_blocking_pids(a.pid))
         ) SELECT count(*)::int - 1 AS count FROM blocked`,
        [rows[0].pid],
      )
      expect(blocked[0].count).toBe(count)
    },
    { timeout: 15_000, interval: 20 },
  )
}

const holdUsage = 'SELECT 1 FROM save_usage WHERE player_id = $1 FOR UPDATE'
const holdUploadRow = 'SELECT 1 FROM save_upload WHERE upload_id = $1 FOR UPDATE'

/** A player whose next version can be held up where it is added: what it is made of has been joined by then. */
async function withUsage(): Promise<void> {
  const headers = { ...it.player.headers, 'content-type': 'a/b' }
  await sendBytes('PUT', `${stack.api_url}/api/v1/saves/me/other`, headers, noise(10))
}

function oneByteElse(bytes: Buffer<ArrayBuffer>) {
  const other = Buffer.from(bytes)
  other[100] = (other[100] ?? 0) ^ 1
  return other
}

describe('a part that is sent again while the upload is completed', () => {
  const bytes = noise(9 * mebibyte, 21)

  test('is never lost under a version: with other bytes the whole is refused, and can be mended', async () => {
    await withUsage()
    const upload = await it.sent(bytes)
    const part = it.partOf(bytes, upload, 1)
    const completing = await holding(holdUsage, it.player.id, async () => {
      const answer = it.complete(upload.upload_id)
      await waiting(1)
      expect((await it.put(upload.upload_id, 1, oneByteElse(part))).status).toBe(200)
      return { answer }
    })
    const refused = await completing.answer
    expect([refused.status, jsonOf(refused).code]).toEqual([400, 'digest_mismatch'])
    expect((await read()).status).toBe(404)
    expect((await it.put(upload.upload_id, 1, part)).status).toBe(200)
    expect((await it.complete(upload.upload_id)).status).toBe(201)
    expect((await read()).bytes.equals(bytes)).toBe(true)
    expect(await packsWithoutObject()).toEqual([])
  })

  test('counts as it is by now: with the same bytes in other packs the version is made of those', async () => {
    await withUsage()
    const upload = await it.sent(bytes)
    const part = it.partOf(bytes, upload, 1)
    const completing = await holding(holdUsage, it.player.id, async () => {
      const answer = it.complete(upload.upload_id)
      await waiting(1)
      await it.put(upload.upload_id, 1, oneByteElse(part))
      await it.put(upload.upload_id, 1, part)
      return { answer }
    })
    expect((await completing.answer).status).toBe(201)
    expect((await read()).bytes.equals(bytes)).toBe(true)
    expect(await packsWithoutObject()).toEqual([])
  })

  test('comes too late once the version is being added', async () => {
    const upload = await it.sent(bytes)
    const part = it.partOf(bytes, upload, 1)
    const both = await holding(holdUploadRow, upload.upload_id, async () => {
      const completing = it.complete(upload.upload_id)
      await waiting(1)
      const putting = it.put(upload.upload_id, 1, oneByteElse(part))
      await waiting(2)
      return { completing, putting }
    })
    expect((await both.completing).status).toBe(201)
    const late = await both.putting
    expect([late.status, jsonOf(late).code]).toEqual([409, 'upload_completed'])
    expect((await read()).bytes.equals(bytes)).toBe(true)
    expect(await packsWithoutObject()).toEqual([])
  })

  test('leaves every acknowledged version readable, whenever it comes', async () => {
    for (const pause of [0, 20, 50, 100]) {
      const mine = uploaderOf(stack.api_url, it.player.headers, 'me', `after-${pause}`)
      const upload = await mine.sent(bytes)
      const putting = mine.put(upload.upload_id, 1, oneByteElse(mine.partOf(bytes, upload, 1)))
      await new Promise(done => setTimeout(done, pause))
      const answer = await mine.complete(upload.upload_id)
      await putting
      const { status, bytes: there } = await read(`after-${pause}`)
      if (answer.status === 201) expect(there.equals(bytes)).toBe(true)
      else expect([status, jsonOf(answer).code]).toEqual([404, 'digest_mismatch'])
    }
    expect(await packsWithoutObject()).toEqual([])
  })
})

describe('an upload that is given up while it is completed', () => {
  test('stays completed, and its receipt can be asked for again', async () => {
    const bytes = noise(100_000, 22)
    const upload = await it.sent(bytes)
    const both = await holding(holdUploadRow, upload.upload_id, async () => {
      const completing = it.complete(upload.upload_id)
      await waiting(1)
      const aborting = it.abort(upload.upload_id)
      await waiting(2)
      return { completing, aborting }
    })
    const [completed, aborted] = [await both.completing, await both.aborting]
    expect(completed.status).toBe(201)
    expect([aborted.status, jsonOf(aborted).code]).toEqual([409, 'upload_completed'])
    const again = await it.complete(upload.upload_id)
    expect([again.status, String(again.bytes)]).toEqual([201, String(completed.bytes)])
    expect((await read()).bytes.equals(bytes)).toBe(true)
    expect(await packsWithoutObject()).toEqual([])
  })

  test('is gone for the completion that comes second', async () => {
    const upload = await it.sent(noise(100_000, 23))
    const both = await holding(holdUploadRow, upload.upload_id, async () => {
      const aborting = it.abort(upload.upload_id)
      await waiting(1)
      const completing = it.complete(upload.upload_id)
      await waiting(2)
      return { completing, aborting }
    })
    expect((await both.aborting).status).toBe(204)
    expect((await both.completing).status).toBe(404)
    expect((await read()).status).toBe(404)
  })
})
