import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bucket, type ScratchServer, startScratchServer } from './scratch-server.js'
import { startS3Server } from './server.js'

let s3: ScratchServer
beforeAll(async () => {
  s3 = await startScratchServer()
})
afterAll(() => s3.stop())

const put = (
  Key: string,
  Body: string | Buffer | Readable,
  more: Omit<Partial<PutObjectCommandInput>, 'Body'> = {},
) => s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }))
const text = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body?.transformToString()

describe('objects', () => {
  it('gives back bytes, strings and streams exactly as they came', async () => {
    const bytes = randomBytes(300_000)
    const stream = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)])
    await put('bytes', bytes)
    await put('string', 'grüße')
    await put('empty', '')
    await put('stream', stream, { ContentLength: bytes.length })
    for (const key of ['bytes', 'stream']) {
      const body = await (await get(key)).Body?.transformToByteArray()
      expect(Buffer.from(body ?? []).equals(bytes)).toBe(true)
    }
    expect(await text('string')).toBe('grüße')
    expect(await text('empty')).toBe('')
  })

  it('keeps the content headers and the metadata of an object', async () => {
    const answer = await put('described', 'hello', {
      ContentType: 'text/plain',
      ContentDisposition: 'attachment; filename="a.txt"',
      CacheControl: 'no-store',
      Metadata: { owner: 'ada', note: 'two  words' },
    })
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'described' }))
    expect(answer.ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`)
    expect(head).toMatchObject({
      ETag: answer.ETag,
      ContentLength: 5,
      ContentType: 'text/plain',
      ContentDisposition: 'attachment; filename="a.txt"',
      CacheControl: 'no-store',
    })
    expect(head.Metadata?.owner).toBe('ada')
  })

  it.each([
    'a/ü b+c.txt',
    '../x',
    '.',
    '..',
    'a//b',
    '/lead',
    "q'()*!&<>\r.txt",
    '%2F',
    '😀/\u0001',
  ])('treats the key %j as a name and never as a path', async key => {
    await put(key, `body of ${key}`)
    const listed = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: key }))
    expect(await text(key)).toBe(`body of ${key}`)
    expect(listed.Contents?.map(object => object.Key)).toContain(key)
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: key }))
    await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('answers ranges and refuses one beyond the end', async () => {
    await put('ranged', 'hello')
    const middle = await get('ranged', { Range: 'bytes=1-3' })
    expect(middle.ContentRange).toBe('bytes 1-3/5')
    expect(await middle.Body?.transformToString()).toBe('ell')
    expect(await text('ranged', { Range: 'bytes=-2' })).toBe('lo')
    expect(await text('ranged', { Range: 'bytes=2-' })).toBe('llo')
    expect(await text('ranged', { Range: 'bytes=0-999' })).toBe('hello')
    await expect(get('ranged', { Range: 'bytes=5-' })).rejects.toMatchObject({
      name: 'InvalidRange',
    })
  })

  it('deletes one or many, and deleting what is gone succeeds', async () => {
    for (const key of ['d/1', 'd/<&>', 'd/3']) await put(key, key)
    const Objects = [{ Key: 'd/1' }, { Key: 'd/<&>' }, { Key: 'd/never' }]
    const many = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(many.Deleted?.map(({ Key }) => Key)).toEqual(['d/1', 'd/<&>', 'd/never'])
    const left = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'd/' }))
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['d/3'])
  })
})

describe('conditions', () => {
  it('lets exactly one of 20 writers create a key', async () => {
    const writers = Array.from({ length: 20 }, (_, i) =>
      put('race', `writer ${i}`, { IfNoneMatch: '*' }),
    )
    const results = await Promise.allSettled(writers)
    const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []))
    expect(winners).toHaveLength(1)
    expect(await text('race')).toBe(`writer ${winners[0]}`)
  })

  it('refuses a write based on an older version', async () => {
    const first = await put('versioned', '1')
    await put('versioned', '2', { IfMatch: first.ETag })
    await expect(put('versioned', '3', { IfMatch: first.ETag })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await expect(put('unknown', '1', { IfMatch: first.ETag })).rejects.toMatchObject({
      name: 'NoSuchKey',
    })
    expect(await text('versioned')).toBe('2')
  })

  it('answers 304 for a version the reader has and 412 for one that is gone', async () => {
    const { ETag } = await put('cached', 'x')
    await expect(get('cached', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    })
    await expect(get('cached', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    expect(await text('cached', { IfMatch: ETag, IfNoneMatch: '"other"' })).toBe('x')
  })
})

describe('checksums', () => {
  it.each([
    ['Content-MD5', { ContentMD5: createHash('md5').update('other').digest('base64') }],
    ['CRC32', { ChecksumCRC32: 'AAAAAA==' }],
    ['SHA1', { ChecksumSHA1: createHash('sha1').update('other').digest('base64') }],
    ['SHA256', { ChecksumSHA256: createHash('sha256').update('other').digest('base64') }],
  ])('refuses a body that does not match its %s and stores nothing', async (name, claim) => {
    await expect(put(`bad ${name}`, 'hello', claim)).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(get(`bad ${name}`)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it.each(['CRC32', 'SHA1', 'SHA256'] as const)(
    'verifies and returns %s, also of streams',
    async name => {
      const body = Readable.from([Buffer.from('hel'), Buffer.from('lo')])
      await put(name, body, { ChecksumAlgorithm: name, ContentLength: 5 })
      const head = await s3.client.send(
        new HeadObjectCommand({ Bucket, Key: name, ChecksumMode: 'ENABLED' }),
      )
      expect(head).toHaveProperty(`Checksum${name}`)
    },
  )

  it('refuses a checksum it cannot verify', async () => {
    await expect(put('crc32c', 'x', { ChecksumCRC32C: 'AAAAAA==' })).rejects.toMatchObject({
      name: 'NotImplemented',
    })
  })
})

describe('buckets', () => {
  it('creates a bucket once and tells a missing one', async () => {
    await s3.client.send(new CreateBucketCommand({ Bucket: 'second' }))
    await s3.client.send(new HeadBucketCommand({ Bucket: 'second' }))
    await expect(
      s3.client.send(new CreateBucketCommand({ Bucket: 'second' })),
    ).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' })
    await expect(s3.client.send(new HeadBucketCommand({ Bucket: 'third' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    })
    await expect(
      s3.client.send(new PutObjectCommand({ Bucket: 'third', Key: 'x', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  it('lists in byte order, page by page, with folders', async () => {
    await s3.client.send(new CreateBucketCommand({ Bucket: 'listed' }))
    const keys = ['a', 'b/1', 'b/2', 'b-', 'c/1', 'd', 'é', '\uffee', '😀']
    for (const Key of keys) {
      await s3.client.send(new PutObjectCommand({ Bucket: 'listed', Key, Body: 'x' }))
    }
    const seen: string[] = []
    let token: string | undefined
    do {
      const page = await s3.client.send(
        new ListObjectsV2Command({
          Bucket: 'listed',
          Delimiter: '/',
          MaxKeys: 2,
          ContinuationToken: token,
        }),
      )
      expect(page.KeyCount).toBeLessThanOrEqual(2)
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''))
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''))
      token = page.NextContinuationToken
    } while (token)
    expect([...seen].sort()).toEqual(['a', 'b-', 'b/', 'c/', 'd', 'é', '\uffee', '😀'].sort())
    const all = await s3.client.send(new ListObjectsV2Command({ Bucket: 'listed', Prefix: 'b' }))
    expect(all.Contents?.map(({ Key }) => Key)).toEqual(['b-', 'b/1', 'b/2'])
    const rest = await s3.client.send(
      new ListObjectsV2Command({ Bucket: 'listed', StartAfter: 'd' }),
    )
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['é', '\uffee', '😀'])
  })

  it('says so when something is left out', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await expect(
      s3.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
    ).rejects.toMatchObject({ name: 'NotImplemented' })
    await expect(put('acl', 'x', { ACL: 'public-read' })).rejects.toMatchObject({
      name: 'NotImplemented',
    })
    const form = await fetch(`${s3.url}/${Bucket}`, { method: 'POST', body: new FormData() })
    expect(form.status).toBe(501)
  })
})

describe('the process', () => {
  it('answers health checks and browsers without a signature', async () => {
    expect((await fetch(`${s3.url}/livez`)).status).toBe(200)
    const preflight = await fetch(`${s3.url}/${Bucket}/x`, {
      method: 'OPTIONS',
      headers: { origin: 'http://game.test', 'access-control-request-headers': 'content-type' },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
  })

  it('refuses to listen where others could reach it', async () => {
    const options = {
      dir: s3.dir,
      port: 0,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    }
    await expect(startS3Server({ ...options, host: '0.0.0.0' })).rejects.toThrow('loopback')
  })
})
