import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { digestOf, jsonOf, noise, sendBytes, sha256 } from '../../testing/raw-saves.js'
import { uploaderOf } from '../../testing/upload-client.js'
import { WriteAnswer } from './schema.js'

const stack = inject('stack')
const mebibyte = 1_048_576
const dayMs = 24 * 3_600_000
const large = noise(20 * mebibyte + 123, 11)
let environment: TestEnvironment
let database: pg.Client
const s3 = new S3Client({
  endpoint: stack.s3.endpoint,
  region: stack.s3.region,
  forcePathStyle: true,
  credentials: {
    accessKeyId: stack.s3.access_key_id,
    secretAccessKey: stack.s3.secret_access_key,
  },
})

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
})
afterAll(async () => {
  s3.destroy()
  await database.end()
})

async function fresh(apiUrl = stack.api_url) {
  const player = await freshPlayer(environment)
  return { player, ...uploaderOf(apiUrl, player.headers) }
}
type Fresh = Awaited<ReturnType<typeof fresh>>

const readFile = ({ player }: Fresh, slot = 'file') =>
  sendBytes('GET', `${stack.api_url}/api/v1/saves/me/${slot}`, {
    ...player.headers,
    accept: 'application/octet-stream',
  })
const receivedOf = async ({ show }: Fresh, uploadId: string) =>
  jsonOf(await show(uploadId)).upload.received
async function objectsOf(playerId: string): Promise<string[]> {
  const Prefix = `saves/${environment.environmentId}/${playerId}/`
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: stack.s3.bucket, Prefix }))
  return (listed.Contents ?? []).map(({ Key = '' }) => Key)
}
const rowsOf = async (playerId: string) => {
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM save_upload WHERE player_id = $1) AS uploads,
       (SELECT count(*)::int FROM save_upload_part WHERE player_id = $1) AS parts,
       (SELECT count(*)::int FROM save_upload_pack WHERE player_id = $1) AS packs,
       (SELECT count(*)::int FROM save_pack WHERE player_id = $1) AS save_packs`,
    [playerId],
  )
  return rows[0]
}

describe('a file in parts', () => {
  test('becomes a version like any other, whatever order its parts come in', async () => {
    const it = await fresh()
    const facts = { name: 'World', device: 'Deck', schema_version: 3, metadata: { seed: 7 } }
    const { upload } = await it.begun(large, { ...facts, base_version: 0 })
    expect(upload).toMatchObject({
      parts: 3,
      part_bytes: 8 * mebibyte,
      received: [],
      state: 'open',
    })
    for (const part of [3, 1, 2]) {
      const bytes = it.partOf(large, upload, part)
      const answer = await it.put(upload.upload_id, part, bytes, {
        'content-digest': digestOf(bytes),
      })
      expect(answer.status, String(answer.bytes)).toBe(200)
    }
    expect(await receivedOf(it, upload.upload_id)).toEqual([1, 2, 3])
    const answer = await it.complete(upload.upload_id)
    expect(answer.status, String(answer.bytes)).toBe(201)
    const { save } = WriteAnswer.parse(jsonOf(answer))
    expect(save).toMatchObject({
      version: 1,
      size: large.length,
      hash: sha256(large).toString('hex'),
      content_type: 'application/octet-stream',
      ...facts,
    })
    expect((await readFile(it)).bytes.equals(large)).toBe(true)
    const rows = await rowsOf(it.player.id)
    expect(rows).toMatchObject({ uploads: 1, parts: 0, packs: 0 })
    expect(await objectsOf(it.player.id)).toHaveLength(rows.save_packs)
    expect(jsonOf(await it.show(upload.upload_id)).upload).toMatchObject({
      state: 'done',
      received: [1, 2, 3],
    })
  })

  test('shares what it has in common with the version before', async () => {
    const it = await fresh()
    const first = await it.sent(large)
    await it.complete(first.upload_id)
    const changed = Buffer.from(large)
    changed.write('changed', 10 * mebibyte)
    const second = await it.sent(changed)
    const { save } = WriteAnswer.parse(jsonOf(await it.complete(second.upload_id)))
    expect(save.version).toBe(2)
    expect(save.stored_size).toBeLessThan(large.length / 10)
    expect((await readFile(it)).bytes.equals(changed)).toBe(true)
  })

  test('F5: a part with another digest, and a whole with another hash, are refused', async () => {
    const it = await fresh()
    const bytes = noise(9 * mebibyte)
    const { upload } = await it.begun(bytes, { hash: sha256(noise(8)).toString('hex') })
    const [one, two] = [it.partOf(bytes, upload, 1), it.partOf(bytes, upload, 2)]
    const wrong = await it.put(upload.upload_id, 1, one, { 'content-digest': digestOf(two) })
    expect([wrong.status, jsonOf(wrong).code]).toEqual([400, 'digest_mismatch'])
    expect(await receivedOf(it, upload.upload_id)).toEqual([])
    expect(await objectsOf(it.player.id)).toEqual([])
    await it.put(upload.upload_id, 1, one)
    await it.put(upload.upload_id, 2, two)
    const whole = await it.complete(upload.upload_id)
    expect([whole.status, jsonOf(whole).code]).toEqual([400, 'digest_mismatch'])
    expect((await readFile(it)).status).toBe(404)
  })

  test('a part of another length is refused, with its length declared or not', async () => {
    const it = await fresh()
    const bytes = noise(100_000)
    const { upload } = await it.begun(bytes)
    const attempts = [
      bytes.subarray(1),
      noise(100_001),
      new Blob([bytes.subarray(1)]).stream(),
      new Blob([noise(100_001)]).stream(),
    ]
    for (const body of attempts) {
      const answer = await it.put(upload.upload_id, 1, body)
      expect([answer.status, jsonOf(answer).code]).toEqual([400, 'invalid_request'])
    }
    const tooLong = await it.put(upload.upload_id, 1, noise(8 * mebibyte + 1))
    expect([tooLong.status, jsonOf(tooLong).code]).toEqual([413, 'body_too_large'])
    expect((await it.put(upload.upload_id, 2, bytes)).status).toBe(404)
    expect((await it.put(upload.upload_id, 1, bytes)).status).toBe(200)
  })

  test('a repeated part is answered alike, another one in its place replaces it', async () => {
    const it = await fresh()
    const bytes = noise(300_000)
    const { upload } = await it.begun(bytes)
    for (const body of [noise(300_000, 5), bytes, bytes, bytes]) {
      expect((await it.put(upload.upload_id, 1, body)).status).toBe(200)
    }
    const both = await Promise.all(
      Array.from({ length: 8 }, () => it.put(upload.upload_id, 1, bytes)),
    )
    expect(both.map(({ status }) => status)).toEqual(Array(8).fill(200))
    const rows = await rowsOf(it.player.id)
    expect(await objectsOf(it.player.id)).toHaveLength(rows.packs)
    expect((await it.complete(upload.upload_id)).status).toBe(201)
    expect((await readFile(it)).bytes.equals(bytes)).toBe(true)
  })

  test('is completed once however often and from wherever that is asked for', async () => {
    const it = await fresh()
    const bytes = noise(9 * mebibyte)
    const upload = await it.sent(bytes)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => it.complete(upload.upload_id)),
    )
    answers.push(await it.complete(upload.upload_id))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ bytes: body }) => String(body))).size).toBe(1)
    const history = await sendBytes(
      'GET',
      `${stack.api_url}/api/v1/saves/me/history?save_id=file`,
      it.player.headers,
    )
    expect(jsonOf(history).items).toHaveLength(1)
    const late = await it.put(upload.upload_id, 1, it.partOf(bytes, upload, 1))
    expect([late.status, jsonOf(late).code]).toEqual([409, 'upload_completed'])
    const aborted = await it.abort(upload.upload_id)
    expect([aborted.status, jsonOf(aborted).code]).toEqual([409, 'upload_completed'])
  })

  test('says what is missing, and goes on with another process of the API', async () => {
    const it = await fresh()
    const { upload } = await it.begun(large)
    await it.put(upload.upload_id, 2, it.partOf(large, upload, 2))
    const early = await it.complete(upload.upload_id)
    expect([early.status, jsonOf(early)]).toMatchObject([
      409,
      { code: 'upload_incomplete', missing: [1, 3] },
    ])
    const other = await startAnotherApi(stack, { TRUSTED_PROXIES: '127.0.0.1' })
    try {
      const there = uploaderOf(other.url, it.player.headers)
      expect(jsonOf(await there.show(upload.upload_id)).upload.received).toEqual([2])
      for (const part of [1, 3]) {
        await there.put(upload.upload_id, part, it.partOf(large, upload, part))
      }
      expect((await there.complete(upload.upload_id)).status).toBe(201)
    } finally {
      await other.close()
    }
    expect((await readFile(it)).bytes.equals(large)).toBe(true)
  })

  test('a part whose shared bytes have been forgotten is asked for again', async () => {
    const it = await fresh()
    const first = await it.sent(large)
    await it.complete(first.upload_id)
    const changed = Buffer.from(large)
    changed.write('changed', 100)
    const upload = await it.sent(changed)
    // As the retention does when the version goes: here with its rows alone.
    await database.query('DELETE FROM save_pack WHERE player_id = $1', [it.player.id])
    const answer = await it.complete(upload.upload_id)
    expect(jsonOf(answer)).toMatchObject({ code: 'upload_incomplete' })
    for (const part of jsonOf(answer).missing) {
      await it.put(upload.upload_id, part, it.partOf(changed, upload, part))
    }
    const again = await it.complete(upload.upload_id)
    expect(again.status, String(again.bytes)).toBe(201)
    expect((await readFile(it)).bytes.equals(changed)).toBe(true)
  })

  test('a base that went stale meanwhile is a conflict, or what the upload wants done then', async () => {
    const it = await fresh()
    const bytes = noise(200_000)
    const write = () =>
      sendBytes(
        'PUT',
        `${stack.api_url}/api/v1/saves/me/file`,
        { ...it.player.headers, 'content-type': 'a/b' },
        noise(10),
      )
    const refusing = await it.sent(bytes, { base_version: 0 })
    const keeping = await it.sent(bytes, {
      base_version: 0,
      on_conflict: { strategy: 'keep_both', branch: 'deck' },
    })
    await write()
    const refused = await it.complete(refusing.upload_id)
    expect([refused.status, jsonOf(refused)]).toMatchObject([
      409,
      { code: 'save_conflict', current: { save: { version: 1 } } },
    ])
    expect(jsonOf(await it.complete(keeping.upload_id))).toMatchObject({
      save: { save_id: 'file-deck', version: 1 },
      resolution: { outcome: 'branched' },
    })
    expect((await readFile(it, 'file-deck')).bytes.equals(bytes)).toBe(true)
    const stale = await it.begin(bytes, { base_version: 0 })
    expect([stale.status, jsonOf(stale).code]).toEqual([409, 'save_conflict'])
  })

  test('what cannot be begun is refused with its reason', async () => {
    const it = await fresh()
    const bytes = noise(10)
    const refused: [object, string][] = [
      [{ content_type: 'application/json' }, '/content_type'],
      [{ content_type: 'application/json; charset=utf-8' }, '/content_type'],
      [{ size: 0 }, '/size'],
      [{ size: 1.5 }, '/size'],
      [{ size: 2 ** 40 }, '/size'],
      [{ hash: 'abc' }, '/hash'],
      [{ upload_id: 'x' }, '/upload_id'],
    ]
    for (const [more, pointer] of refused) {
      const answer = await it.begin(bytes, more)
      expect([answer.status, jsonOf(answer).errors?.[0].pointer]).toEqual([400, pointer])
    }
  })

  test('the same key begins one upload', async () => {
    const it = await fresh()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const [one, two] = [await it.begin(noise(9), {}, key), await it.begin(noise(9), {}, key)]
    expect(jsonOf(one)).toEqual(jsonOf(two))
    expect(await rowsOf(it.player.id)).toMatchObject({ uploads: 1 })
  })
})

describe('what an upload may take', () => {
  test('eight uploads go on at a time, however many are begun at once', async () => {
    const it = await fresh()
    const answers = await Promise.all(Array.from({ length: 20 }, () => it.begin(noise(9))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(8)
    const [refused] = answers.filter(({ status }) => status !== 201)
    expect(refused && jsonOf(refused)).toMatchObject({ code: 'limit_reached', allowed: 8 })
    const [first] = answers.filter(({ status }) => status === 201)
    await it.abort(first && jsonOf(first).upload.upload_id)
    expect((await it.begin(noise(9))).status).toBe(201)
  })

  test('F6: the declared sizes are held against the limit, also of many begun at once', async () => {
    const it = await fresh()
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => it.begin(noise(9), { size: 400 * mebibyte })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2)
    const [refused] = answers.filter(({ status }) => status !== 201)
    expect([refused?.status, refused && jsonOf(refused).code]).toEqual([403, 'usage_limit_reached'])
    const [first] = answers.filter(({ status }) => status === 201)
    await it.abort(first && jsonOf(first).upload.upload_id)
    expect((await it.begin(noise(9), { size: 400 * mebibyte })).status).toBe(201)
  })

  test('one that is given up leaves nothing behind', async () => {
    const it = await fresh()
    const upload = await it.sent(noise(9 * mebibyte))
    expect(await objectsOf(it.player.id)).not.toEqual([])
    expect((await it.abort(upload.upload_id)).status).toBe(204)
    expect(await objectsOf(it.player.id)).toEqual([])
    expect(await rowsOf(it.player.id)).toMatchObject({ uploads: 0, parts: 0, packs: 0 })
    for (const answer of [
      await it.show(upload.upload_id),
      await it.complete(upload.upload_id),
      await it.put(upload.upload_id, 1, noise(8 * mebibyte)),
      await it.abort(upload.upload_id),
    ]) {
      expect(answer.status).toBe(404)
    }
  })

  test('one that has expired is there no more', async () => {
    const it = await fresh()
    const upload = await it.sent(noise(1_000))
    expect(Date.parse(upload.expires_at)).toBeLessThanOrEqual(Date.now() + dayMs)
    await database.query(
      "UPDATE save_upload SET expires_at = now() - interval '1 second' WHERE upload_id = $1",
      [upload.upload_id],
    )
    expect((await it.show(upload.upload_id)).status).toBe(404)
    expect((await it.complete(upload.upload_id)).status).toBe(404)
  })
})

describe('whose uploads', () => {
  test('D1: nobody else reaches an upload, and the studio’s server does', async () => {
    const it = await fresh()
    const upload = await it.sent(noise(1_000))
    const away = await freshPlayer(await freshEnvironment(stack))
    const sibling = await freshPlayer(environment)
    for (const headers of [away.headers, sibling.headers]) {
      for (const who of ['me', it.player.id]) {
        const other = uploaderOf(stack.api_url, headers, who)
        expect((await other.show(upload.upload_id)).status).toBe(404)
        expect((await other.put(upload.upload_id, 1, noise(1_000))).status).toBe(404)
        expect((await other.complete(upload.upload_id)).status).toBe(404)
        expect((await other.abort(upload.upload_id)).status).toBe(404)
      }
    }
    const elsewhere = uploaderOf(stack.api_url, it.player.headers, 'me', 'other')
    expect((await elsewhere.complete(upload.upload_id)).status).toBe(404)
    const server = uploaderOf(stack.api_url, { 'x-api-key': environment.secretKey }, it.player.id)
    expect((await server.complete(upload.upload_id)).status).toBe(201)
  })
})
