import { type Blobs, openBlobs } from '@aethex/shared/blobs'
import {
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { jsonOf, noise, sendBytes } from '../../testing/raw-saves.js'
import { openStored } from '../../testing/stored.js'
import { uploaderOf } from '../../testing/upload-client.js'
import { forgetExpired, forgetUploadsOf, sweepStaged } from './sweeping.js'

const stack = inject('stack')
const stored = openStored(stack)
let environment: TestEnvironment
let player: TestPlayer
let it: ReturnType<typeof uploaderOf>
let blobs: Blobs

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  const { endpoint, region, bucket, access_key_id, secret_access_key } = stack.s3
  const keys = { accessKeyId: access_key_id, secretAccessKey: secret_access_key }
  blobs = openBlobs({ endpoint, region, bucket, ...keys })
})
afterAll(async () => {
  await blobs.close()
  await stored.close()
})
beforeEach(async () => {
  player = await freshPlayer(environment)
  it = uploaderOf(stack.api_url, player.headers)
})

const ofPlayer = () => `${environment.environmentId}/${player.id}/`
async function keysBelow(prefix: string): Promise<string[]> {
  const all: string[] = []
  for await (const keys of blobs.list(prefix)) all.push(...keys)
  return all
}
const now = () => new Date()
const countOf = async (table: string) => {
  const [row] = await stored.rows(
    `SELECT count(*)::int AS n FROM ${table} WHERE player_id = $1`,
    player.id,
  )
  return row?.n
}
/** Of this upload alone: others of the stack go on. */
const expire = (uploadId: string) =>
  stored.rows(
    "UPDATE save_upload SET expires_at = now() - interval '1 hour' WHERE upload_id = $1",
    uploadId,
  )
const begunDirect = async () => {
  const bytes = noise(1_000)
  const { upload, urls = [] } = await it.begun(bytes, { direct: true })
  const [url] = urls
  const put = () =>
    sendBytes('PUT', url?.url ?? '', { 'content-type': url?.content_type ?? '' }, bytes)
  const prefix = `uploads/${environment.environmentId}/${upload.upload_id}/`
  return { upload, put, prefix }
}

test('an upload whose time is over is forgotten with its parts and their objects', async () => {
  const left = await it.sent(noise(9_000_000))
  const kept = await it.sent(noise(1_000))
  await expire(left.upload_id)
  await forgetExpired({ db: stored.db, blobs, now })
  expect([await countOf('save_upload'), await countOf('save_upload_part')]).toEqual([1, 1])
  expect(await keysBelow(`saves/${ofPlayer()}`)).toHaveLength(1)
  expect((await it.complete(kept.upload_id)).status).toBe(201)
})

test('a completed upload is forgotten without harm to its version', async () => {
  const bytes = noise(300_000)
  const { upload_id: uploadId } = await it.sent(bytes)
  await it.complete(uploadId)
  await expire(uploadId)
  await forgetExpired({ db: stored.db, blobs, now })
  expect(await countOf('save_upload')).toBe(0)
  const read = await sendBytes('GET', `${stack.api_url}/api/v1/saves/me/file`, {
    ...player.headers,
    accept: 'application/octet-stream',
  })
  expect(read.bytes.equals(bytes)).toBe(true)
})

test('F7: what comes to an address after its upload has ended belongs to nobody, and is swept', async () => {
  const ended = await begunDirect()
  const open = await begunDirect()
  await it.abort(ended.upload.upload_id)
  expect((await ended.put()).status).toBe(200)
  expect((await open.put()).status).toBe(200)
  expect((await it.complete(ended.upload.upload_id)).status).toBe(404)
  await sweepStaged({ db: stored.db, blobs, now })
  expect(await keysBelow(ended.prefix)).toEqual([])
  expect(await keysBelow(open.prefix)).toHaveLength(1)
})

test('F12: an erasure ends uploads, their parts and what was staged', async () => {
  await it.sent(noise(9_000_000))
  const direct = await begunDirect()
  await direct.put()
  const parts = { db: stored.db, blobs }
  expect(await forgetUploadsOf(environment.environmentId, parts, player.id)).toEqual({
    save_upload: 2,
    save_upload_part: 2,
    save_upload_pack: expect.any(Number),
    's3:uploads': 1,
  })
  expect(await keysBelow(direct.prefix)).toEqual([])
  expect(await keysBelow(`saves/${ofPlayer()}`)).toEqual([])
  expect(jsonOf(await it.show(direct.upload.upload_id)).code).toBe('not_found')
})
