import { request } from 'node:http'
import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { jsonOf, noise, sendBytes, sha256 } from '../../testing/raw-saves.js'
import { type BegunUpload, uploaderOf } from '../../testing/upload-client.js'
import { WriteAnswer } from './schema.js'

const stack = inject('stack')
const mebibyte = 1_048_576
const Bucket = stack.s3.bucket
let environment: TestEnvironment
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
})
afterAll(() => s3.destroy())

async function fresh() {
  const player = await freshPlayer(environment)
  return { player, ...uploaderOf(stack.api_url, player.headers) }
}

async function staged(uploadId: string): Promise<string[]> {
  const Prefix = `uploads/${environment.environmentId}/${uploadId}/`
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  return Contents.map(({ Key = '' }) => Key)
}

type PartUrl = NonNullable<BegunUpload['urls']>[number]
const putTo = (
  { url, content_type }: PartUrl,
  body: Uint8Array<ArrayBuffer>,
  type = content_type,
) => sendBytes('PUT', url, { 'content-type': type }, body)

const urlsOf = ({ urls = [] }: BegunUpload) => urls

describe('a direct upload', () => {
  test('goes to the store by itself and becomes a version, sealed, with nothing left behind', async () => {
    const it = await fresh()
    const bytes = noise(10 * mebibyte, 3)
    const begun = await it.begun(bytes, { direct: true })
    const { upload } = begun
    expect(urlsOf(begun).map(({ part, size }) => [part, size])).toEqual([
      [1, 8 * mebibyte],
      [2, 2 * mebibyte],
    ])
    for (const url of urlsOf(begun)) {
      const answer = await putTo(url, it.partOf(bytes, upload, url.part))
      expect(answer.status, String(answer.bytes)).toBe(200)
    }
    expect(jsonOf(await it.show(upload.upload_id)).upload.received).toEqual([1, 2])
    const answers = await Promise.all([1, 2, 3].map(() => it.complete(upload.upload_id)))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    const [first] = answers
    const { save } = WriteAnswer.parse(first && jsonOf(first))
    expect([save.version, save.hash]).toEqual([1, sha256(bytes).toString('hex')])
    expect(await staged(upload.upload_id)).toEqual([])
    const read = await sendBytes('GET', `${stack.api_url}/api/v1/saves/me/file`, {
      ...it.player.headers,
      accept: 'application/octet-stream',
    })
    expect(read.bytes.equals(bytes)).toBe(true)
  })

  test('hands out addresses anew, for the parts that are asked for', async () => {
    const it = await fresh()
    const bytes = noise(17 * mebibyte)
    const { upload } = await it.begun(bytes, { direct: true })
    const { urls } = jsonOf(await it.show(upload.upload_id, '?urls=3,2'))
    expect(urls.map((url: PartUrl) => url.part)).toEqual([3, 2])
    expect(jsonOf(await it.show(upload.upload_id)).urls).toBeUndefined()
    expect((await it.show(upload.upload_id, '?urls=4')).status).toBe(404)
    expect((await it.show(upload.upload_id, '?urls=1;2')).status).toBe(400)
    const through = await it.put(upload.upload_id, 1, it.partOf(bytes, upload, 1))
    expect([through.status, jsonOf(through).code]).toEqual([400, 'invalid_request'])
  })

  test('says which parts are missing, and F5: refuses a whole with another hash', async () => {
    const it = await fresh()
    const bytes = noise(9 * mebibyte)
    const begun = await it.begun(bytes, { direct: true })
    const [one, two] = urlsOf(begun)
    if (one === undefined || two === undefined) throw new Error('no addresses')
    await putTo(one, noise(one.size, 9))
    const early = await it.complete(begun.upload.upload_id)
    expect(jsonOf(early)).toMatchObject({ code: 'upload_incomplete', missing: [2] })
    await putTo(two, it.partOf(bytes, begun.upload, 2))
    expect(jsonOf(await it.complete(begun.upload.upload_id)).code).toBe('digest_mismatch')
    const Prefix = `saves/${environment.environmentId}/${it.player.id}/`
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).Contents).toBeUndefined()
    await putTo(one, it.partOf(bytes, begun.upload, 1))
    expect((await it.complete(begun.upload.upload_id)).status).toBe(201)
  })

  test('one that is given up leaves nothing staged', async () => {
    const it = await fresh()
    const begun = await it.begun(noise(100), { direct: true })
    const [url] = urlsOf(begun)
    if (url !== undefined) await putTo(url, noise(100))
    expect(await staged(begun.upload.upload_id)).toHaveLength(1)
    expect((await it.abort(begun.upload.upload_id)).status).toBe(204)
    expect(await staged(begun.upload.upload_id)).toEqual([])
  })

  test('is refused with its reason where nobody outside reaches the store', async () => {
    const it = await fresh()
    const inside = await startAnotherApi(stack, { TRUSTED_PROXIES: '127.0.0.1' })
    try {
      const there = uploaderOf(inside.url, it.player.headers)
      const answer = await there.begin(noise(9), { direct: true })
      expect([answer.status, jsonOf(answer).code]).toEqual([409, 'direct_upload_unavailable'])
    } finally {
      await inside.close()
    }
  })
})

describe('F7: an address is good for its part alone', () => {
  const bytes = noise(1_000, 5)

  async function address() {
    const it = await fresh()
    const begun = await it.begun(bytes, { direct: true })
    const [url] = urlsOf(begun)
    if (url === undefined) throw new Error('no address')
    return { it, url, uploadId: begun.upload.upload_id }
  }

  const changed = (url: string, change: (url: URL) => void) => {
    const copy = new URL(url)
    change(copy)
    return copy.href
  }

  test('F7: it expires within five minutes, and names the bucket, the environment and the upload', async () => {
    const { url, uploadId } = await address()
    const { pathname, searchParams } = new URL(url.url)
    expect(Number(searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300)
    expect(pathname).toBe(`/${Bucket}/uploads/${environment.environmentId}/${uploadId}/1`)
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host')
  })

  test.each<[string, (url: URL) => void]>([
    [
      'another part',
      url => {
        url.pathname = url.pathname.replace(/1$/, '2')
      },
    ],
    [
      'a save',
      url => {
        url.pathname = url.pathname.replace('/uploads/', '/saves/')
      },
    ],
    [
      'another environment',
      url => {
        url.pathname = url.pathname.replace(/uploads\/[^/]+/, `uploads/${crypto.randomUUID()}`)
      },
    ],
    [
      'another bucket',
      url => {
        url.pathname = url.pathname.replace(/^\/[^/]+/, '/other')
      },
    ],
    [
      'a longer life',
      url => {
        url.searchParams.set('X-Amz-Expires', '604800')
      },
    ],
    [
      'another day',
      url => {
        url.searchParams.set('X-Amz-Date', '20300101T000000Z')
      },
    ],
    [
      'fewer signed headers',
      url => {
        url.searchParams.set('X-Amz-SignedHeaders', 'host')
      },
    ],
    [
      'a copy of something else',
      url => {
        url.searchParams.set('x-amz-copy-source', `/${Bucket}/saves`)
      },
    ],
  ])('F7: changed to %s it is refused', async (_what, change) => {
    const { url } = await address()
    const answer = await putTo({ ...url, url: changed(url.url, change) }, bytes)
    expect([400, 403], String(answer.bytes)).toContain(answer.status)
  })

  test('F7: another size, another type and another method are refused', async () => {
    const { url, uploadId } = await address()
    const answers = [
      await putTo(url, noise(1_001)),
      await putTo(url, noise(999)),
      await putTo(url, new Uint8Array()),
      await putTo(url, bytes, 'text/html'),
      await sendBytes('GET', url.url, {}),
      await sendBytes('DELETE', url.url, {}),
    ]
    const posted = await sendBytes('POST', url.url, { 'content-type': url.content_type }, bytes)
    // A store need not know a POST of an object at all.
    expect([403, 405, 501]).toContain(posted.status)
    expect(answers.map(({ status }) => status).filter(status => status !== 403)).toEqual([])
    expect(await staged(uploadId)).toEqual([])
  })

  test('F7: a body whose end is left open is refused', async () => {
    const { url, uploadId } = await address()
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': url.content_type, 'transfer-encoding': 'chunked' }
      const sent = request(url.url, { method: 'PUT', headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      sent.write(noise(5_000))
      sent.end()
    })
    expect(status).toBe(403)
    expect(await staged(uploadId)).toEqual([])
  })
})
