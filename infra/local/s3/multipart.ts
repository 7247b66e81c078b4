import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { createTally, type Digests } from './checksums.js'
import type { WriteConditions } from './conditions.js'
import { moveDurably, syncFolder, writeJsonDurably } from './durable-files.js'
import { S3Error, systemErrorCode, unlessMissing } from './errors.js'
import { type ObjectRecord, publishObject, type ReceivedFile } from './objects.js'
import type { Bucket, Store } from './store.js'

const smallestPart = 5 * 1024 ** 2

/** A started multipart upload; everything about it lies in `uploads/<id>/`. */
export interface Upload {
  id: string
  bucket: string
  key: string
  startedAt: number
  headers: Record<string, string>
}

export interface UploadedPart {
  number: number
  file: string
  digests: Digests
  uploadedAt: number
}

/** Starts an upload; its folder appears complete or not at all. */
export async function createUpload(
  store: Store,
  upload: Pick<Upload, 'bucket' | 'key' | 'headers'>,
): Promise<Upload> {
  const started: Upload = { ...upload, id: randomUUID().replaceAll('-', ''), startedAt: Date.now() }
  const draft = path.join(store.tmp, started.id)
  await mkdir(draft)
  await writeJsonDurably(store.tmp, path.join(draft, 'upload.json'), started)
  await moveDurably(draft, uploadFolder(store, started.id))
  return started
}

/** The upload of that id for that key, or `NoSuchUpload`. */
export async function findUpload(
  store: Store,
  wanted: Pick<Upload, 'id' | 'bucket' | 'key'>,
): Promise<Upload> {
  const upload = /^[0-9a-f]{32}$/.test(wanted.id) ? await readUpload(store, wanted.id) : undefined
  if (upload?.bucket !== wanted.bucket || upload.key !== wanted.key) {
    throw new S3Error('NoSuchUpload')
  }
  return upload
}

/** Every unfinished upload of a bucket, in the order of keys. */
export async function listUploads(store: Store, bucket: string): Promise<Upload[]> {
  const ids = await readdir(store.uploads)
  const uploads = await Promise.all(ids.map(id => readUpload(store, id)))
  return uploads
    .filter(upload => upload !== undefined)
    .filter(upload => upload.bucket === bucket)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Keeps a received part; a later part of the same number replaces it. */
export function savePart(
  store: Store,
  upload: Upload,
  number: number,
  received: ReceivedFile,
): Promise<void> {
  return store.lock(uploadFolder(store, upload.id), async () => {
    const folder = uploadFolder(store, upload.id)
    const record = path.join(folder, `${number}.json`)
    const previous = await readPart(record)
    const file = `${randomUUID()}.part`
    const part: UploadedPart = { number, file, digests: received.digests, uploadedAt: Date.now() }
    try {
      await moveDurably(received.path, path.join(folder, file))
      await writeJsonDurably(store.tmp, record, part)
    } catch (error) {
      throw systemErrorCode(error) === 'ENOENT' ? new S3Error('NoSuchUpload') : error
    }
    if (previous) await rm(path.join(folder, previous.file), { force: true })
  })
}

/** The parts of an upload in ascending order. */
export async function listParts(store: Store, upload: Upload): Promise<UploadedPart[]> {
  const folder = uploadFolder(store, upload.id)
  const files = (await unlessMissing(readdir(folder))) ?? []
  const records = files.filter(file => /^\d+\.json$/.test(file))
  const parts = await Promise.all(records.map(file => readPart(path.join(folder, file))))
  return parts.filter(part => part !== undefined).sort((a, b) => a.number - b.number)
}

/** Joins the listed parts into the object; the upload stays when that fails. */
export function completeUpload(
  store: Store,
  bucket: Bucket,
  upload: Upload,
  listed: { number: number; etag: string }[],
  conditions: WriteConditions,
): Promise<ObjectRecord> {
  return store.lock(uploadFolder(store, upload.id), async () => {
    const parts = chooseParts(await listParts(store, upload), listed)
    const joined = await joinParts(store, upload, parts)
    try {
      const md5s = parts.map(part => Buffer.from(part.digests.md5, 'hex'))
      const md5 = createHash('md5').update(Buffer.concat(md5s)).digest('hex')
      const target = { key: upload.key, etag: `${md5}-${parts.length}`, headers: upload.headers }
      const object = await publishObject(store, bucket, joined, target, conditions)
      await discardUpload(store, upload)
      return object
    } finally {
      await rm(joined.path, { force: true })
    }
  })
}

/** Gives an upload and its parts up. */
export function abortUpload(store: Store, upload: Upload): Promise<void> {
  return store.lock(uploadFolder(store, upload.id), () => discardUpload(store, upload))
}

const uploadFolder = (store: Store, id: string) => path.join(store.uploads, id)

async function readUpload(store: Store, id: string): Promise<Upload | undefined> {
  const record = path.join(uploadFolder(store, id), 'upload.json')
  const text = await unlessMissing(readFile(record, 'utf8'))
  return text === undefined ? undefined : (JSON.parse(text) as Upload)
}

async function readPart(record: string): Promise<UploadedPart | undefined> {
  const text = await unlessMissing(readFile(record, 'utf8'))
  return text === undefined ? undefined : (JSON.parse(text) as UploadedPart)
}

function chooseParts(parts: UploadedPart[], listed: { number: number; etag: string }[]) {
  if (listed.length === 0) throw new S3Error('MalformedXML')
  const byNumber = new Map(parts.map(part => [part.number, part]))
  return listed.map(({ number, etag }, index) => {
    const part = byNumber.get(number)
    if (part?.digests.md5 !== etag) throw new S3Error('InvalidPart')
    if (number <= (listed[index - 1]?.number ?? 0)) throw new S3Error('InvalidPartOrder')
    if (index < listed.length - 1 && part.digests.size < smallestPart) {
      throw new S3Error('EntityTooSmall')
    }
    return part
  })
}

async function joinParts(
  store: Store,
  upload: Upload,
  parts: UploadedPart[],
): Promise<ReceivedFile> {
  const target = path.join(store.tmp, randomUUID())
  const tally = createTally(new Set())
  const file = await open(target, 'wx')
  try {
    for (const part of parts) await appendPart(file, store, upload, part, chunk => tally.add(chunk))
    await file.sync()
    return { path: target, digests: tally.finish() }
  } catch (error) {
    await rm(target, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function appendPart(
  file: FileHandle,
  store: Store,
  upload: Upload,
  part: UploadedPart,
  measure: (chunk: Buffer) => void,
): Promise<void> {
  const chunks: AsyncIterable<Buffer> = createReadStream(
    path.join(uploadFolder(store, upload.id), part.file),
  )
  for await (const chunk of chunks) {
    measure(chunk)
    await file.writeFile(chunk)
  }
}

// Renamed away first, so that a kill leaves no upload with some of its parts missing.
async function discardUpload(store: Store, upload: Upload): Promise<void> {
  const discarded = path.join(store.tmp, `${upload.id}-discarded`)
  await unlessMissing(rename(uploadFolder(store, upload.id), discarded))
  await syncFolder(store.uploads)
  await rm(discarded, { recursive: true, force: true })
}
