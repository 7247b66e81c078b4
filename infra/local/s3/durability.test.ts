import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  Bucket,
  clientFor,
  credentials,
  presign,
  type ScratchServer,
  startScratchServer,
} from './scratch-server.js'
import { startS3Server } from './server.js'

async function read(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

const leftovers = (dir: string) => readdir(path.join(dir, 'tmp'))

/** One blob for each record: nothing is lost and nothing is left over. */
async function expectTidyBucket(dir: string): Promise<void> {
  const files = await readdir(path.join(dir, 'buckets', Bucket))
  const blobs = files.filter(file => file.endsWith('.blob')).map(file => file.split('.')[0])
  const records = files.filter(file => file.endsWith('.json')).map(file => file.split('.')[0])
  expect(blobs.sort()).toEqual(records.sort())
  expect(await leftovers(dir)).toEqual([])
}

describe('a killed process', () => {
  let dir: string
  let child: ChildProcess | undefined

  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'aethex-s3-kill-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  })

  async function startProcess(ipc: boolean): Promise<{ process: ChildProcess; url: string }> {
    const main = fileURLToPath(new URL('main.ts', import.meta.url))
    const flags = ['--dir', dir, '--access-key', credentials.accessKeyId, '--bucket', Bucket]
    const started = spawn(process.execPath, ['--import', 'tsx', main, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
      env: { ...process.env, S3_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    })
    child = started
    if (!started.stdout) throw new Error('the process has no output')
    const [line] = await once(createInterface(started.stdout), 'line')
    const { ready, port } = JSON.parse(String(line))
    expect(ready).toBe(true)
    return { process: started, url: `http://127.0.0.1:${port}` }
  }

  it('keeps every answered PUT and no half of an unanswered one', { timeout: 60_000 }, async () => {
    const { process: killed, url } = await startProcess(false)
    const client = clientFor(url)
    const answered = new Map<string, Buffer>()
    const attempted = new Map<string, Buffer[]>()
    const writer = async (name: string) => {
      for (let i = 0; ; i += 1) {
        const key = `${name}/${i % 5}`
        const body = randomBytes(20_000)
        attempted.set(key, [...(attempted.get(key) ?? []), body])
        await client.send(new PutObjectCommand({ Bucket, Key: key, Body: body }))
        answered.set(key, body)
        if (name === 'w0' && i === 12) killed.kill('SIGKILL')
      }
    }
    await Promise.allSettled(['w0', 'w1', 'w2', 'w3'].map(writer))
    client.destroy()

    const server = await startS3Server({ dir, port: 0, host: '127.0.0.1', credentials })
    const again = clientFor(server.url)
    expect(answered.size).toBeGreaterThanOrEqual(5)
    for (const [key, body] of answered) {
      const stored = await read(again, key)
      const sent = attempted.get(key) ?? []
      const newest = sent.slice(sent.indexOf(body))
      expect(newest.some(candidate => candidate.equals(stored))).toBe(true)
    }
    await expectTidyBucket(dir)
    again.destroy()
    await server.close()
  })

  it.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)(
    'ends cleanly on %s',
    { timeout: 60_000 },
    async how => {
      const { process: running } = await startProcess(true)
      const ended = once(running, 'exit')
      if (how === 'disconnect') running.disconnect()
      else running.kill(how)
      expect(await ended).toEqual([0, null])
    },
  )
})

describe('one data folder', () => {
  let s3: ScratchServer
  beforeEach(async () => {
    s3 = await startScratchServer()
  })
  afterEach(() => s3.stop())

  it('loses what was never finished and keeps the rest over a restart', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'old' }))
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'new' }))
    const [record] = await readdir(path.join(s3.dir, 'buckets', Bucket))
    const hash = record?.split('.')[0]
    await writeFile(path.join(s3.dir, 'tmp', 'half'), 'x')
    await writeFile(path.join(s3.dir, 'buckets', Bucket, `${hash}.orphan.blob`), 'x')
    await writeFile(path.join(s3.dir, 'buckets', Bucket, 'feed.orphan.blob'), 'x')
    await s3.restart()
    await expectTidyBucket(s3.dir)
    expect((await read(s3.client, 'kept')).toString()).toBe('new')
  })

  it('leaves nothing behind when a client hangs up in the middle of an upload', async () => {
    const url = new URL(await presign(`${s3.url}/${Bucket}/gone`, 'PUT'))
    const socket = net.connect(Number(url.port), url.hostname)
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 1000000\r\n\r\n`,
    )
    socket.write(randomBytes(200_000))
    await vi.waitFor(async () => expect(await leftovers(s3.dir)).toHaveLength(1), 10_000)
    socket.destroy()
    await vi.waitFor(async () => expect(await leftovers(s3.dir)).toEqual([]), 10_000)
    await expect(read(s3.client, 'gone')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expectTidyBucket(s3.dir)
  })

  it('goes on when clients hang up in the middle of a download', async () => {
    const Body = randomBytes(8 * 1024 ** 2)
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'large', Body }))
    const url = await presign(`${s3.url}/${Bucket}/large`, 'GET')
    for (let i = 0; i < 10; i += 1) {
      const reader = (await fetch(url)).body?.getReader()
      await reader?.read()
      await reader?.cancel()
    }
    expect((await read(s3.client, 'large')).equals(Body)).toBe(true)
  })

  it('gives readers one whole version while writers replace it', async () => {
    const version = (i: number) => Buffer.alloc(50_000, i)
    await s3.client.send(new PutObjectCommand({ Bucket, Key: 'hot', Body: version(0) }))
    const writes = Array.from({ length: 20 }, (_, i) =>
      s3.client.send(new PutObjectCommand({ Bucket, Key: 'hot', Body: version(i) })),
    )
    const reads = Array.from({ length: 40 }, () => read(s3.client, 'hot'))
    for (const body of await Promise.all(reads)) {
      expect(body.equals(version(body[0] ?? 0))).toBe(true)
    }
    await Promise.all(writes)
    await expectTidyBucket(s3.dir)
  })

  async function startUpload(Key: string) {
    const { UploadId } = await s3.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain' }),
    )
    const upload = { Bucket, Key, UploadId }
    const part = (PartNumber: number, Body: Buffer) =>
      s3.client.send(new UploadPartCommand({ ...upload, PartNumber, Body }))
    return { upload, part }
  }

  it('finishes a multipart upload that began before a restart', async () => {
    const parts = [randomBytes(5 * 1024 ** 2), randomBytes(1000)] as const
    const { upload, part } = await startUpload('joined')
    await part(1, randomBytes(10))
    const first = await part(1, parts[0])
    await s3.restart()
    const second = await part(2, parts[1])
    const listed = await s3.client.send(new ListPartsCommand(upload))
    expect(listed.Parts?.map(({ ETag }) => ETag)).toEqual([first.ETag, second.ETag])
    const Parts = [
      { PartNumber: 1, ETag: first.ETag },
      { PartNumber: 2, ETag: second.ETag },
    ]
    const done = await s3.client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
    )
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
    expect((await read(s3.client, 'joined')).equals(Buffer.concat(parts))).toBe(true)
    await expect(s3.client.send(new ListPartsCommand(upload))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    })
    await expectTidyBucket(s3.dir)
  })

  it('refuses to join parts that are unknown, unordered or too small', async () => {
    const { upload, part } = await startUpload('refused')
    const { ETag } = await part(1, randomBytes(10))
    await part(2, randomBytes(10))
    const { ETag: other } = await part(2, randomBytes(10))
    const join = (Parts: object[]) =>
      s3.client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
    const one = { PartNumber: 1, ETag }
    const two = { PartNumber: 2, ETag: other }
    await expect(join([{ PartNumber: 3, ETag }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(join([{ PartNumber: 2, ETag }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(join([two, one])).rejects.toMatchObject({ name: 'EntityTooSmall' })
    await expect(join([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' })
  })

  it('forgets an aborted upload and lists the unfinished ones', async () => {
    const { upload, part } = await startUpload('aborted')
    await part(1, Buffer.from('x'))
    const before = await s3.client.send(new ListMultipartUploadsCommand({ Bucket }))
    expect(before.Uploads?.map(({ UploadId }) => UploadId)).toEqual([upload.UploadId])
    await s3.client.send(new AbortMultipartUploadCommand(upload))
    await expect(part(2, Buffer.from('y'))).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect(await readdir(path.join(s3.dir, 'uploads'))).toEqual([])
    expect(await leftovers(s3.dir)).toEqual([])
  })
})
