import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Digests } from './checksums.js'
import { checkWriteConditions, type WriteConditions } from './conditions.js'
import { moveDurably, syncFolder, writeJsonDurably } from './durable-files.js'
import { S3Error, unlessMissing } from './errors.js'
import type { Bucket, Store } from './store.js'

/** What the disk knows about an object; times in milliseconds, sizes in bytes. */
export interface ObjectRecord {
  key: string
  blob: string
  size: number
  etag: string
  modifiedAt: number
  /** Base64 checksums of the whole object by algorithm, such as `crc32`. */
  checksums: Record<string, string>
  /** Headers given at upload and returned at download, `x-amz-meta-*` included. */
  headers: Record<string, string>
}

/** A complete and synced file in the tmp folder, about to become an object or a part. */
export interface ReceivedFile {
  path: string
  digests: Digests
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
const recordPath = (bucket: Bucket, key: string) => path.join(bucket.folder, `${hashOf(key)}.json`)

/** Reads an object's record; undefined when the key does not exist. */
export async function readObject(bucket: Bucket, key: string): Promise<ObjectRecord | undefined> {
  const text = await unlessMissing(readFile(recordPath(bucket, key), 'utf8'))
  return text === undefined ? undefined : (JSON.parse(text) as ObjectRecord)
}

/** Opens an object for reading; later writes do not touch the opened bytes. The caller closes it. */
export async function openObject(
  bucket: Bucket,
  key: string,
): Promise<{ object: ObjectRecord; file: FileHandle }> {
  let missed: string | undefined
  for (;;) {
    const object = await readObject(bucket, key)
    if (!object) throw new S3Error('NoSuchKey')
    const file = await unlessMissing(open(path.join(bucket.folder, object.blob), 'r'))
    if (file) return { object, file }
    // A write may replace the blob between the two reads; the same name missing twice is a damaged store.
    if (object.blob === missed) throw new Error(`blob ${object.blob} is missing`)
    missed = object.blob
  }
}

/** Makes a received file the object of a key: durable and switched at once, or refused by a condition. */
export function publishObject(
  store: Store,
  bucket: Bucket,
  received: ReceivedFile,
  target: { key: string; etag: string; headers: Record<string, string> },
  conditions: WriteConditions,
): Promise<ObjectRecord> {
  return store.lock(recordPath(bucket, target.key), async () => {
    const current = await readObject(bucket, target.key)
    checkWriteConditions(conditions, current)
    const { size, checksums } = received.digests
    const blob = `${hashOf(target.key)}.${randomUUID()}.blob`
    const object: ObjectRecord = { ...target, blob, size, checksums, modifiedAt: Date.now() }
    await moveDurably(received.path, path.join(bucket.folder, blob))
    try {
      await writeJsonDurably(store.tmp, recordPath(bucket, target.key), object)
    } catch (error) {
      await withdrawBlob(bucket, object)
      throw error
    } finally {
      // After the write: a key set that is built meanwhile either saw the record or exists by now.
      const keys = await bucket.keys
      keys?.add(target.key)
    }
    if (current) await rm(path.join(bucket.folder, current.blob), { force: true })
    return object
  })
}

// A failure after the record was switched must not take the bytes the record names.
async function withdrawBlob(bucket: Bucket, object: ObjectRecord): Promise<void> {
  const current = await readObject(bucket, object.key)
  if (current?.blob !== object.blob)
    await rm(path.join(bucket.folder, object.blob), { force: true })
}

/** Removes an object; removing what does not exist succeeds, as in S3, unless `If-Match` was given. */
export function removeObject(
  store: Store,
  bucket: Bucket,
  key: string,
  conditions: WriteConditions,
): Promise<void> {
  return store.lock(recordPath(bucket, key), async () => {
    const current = await readObject(bucket, key)
    checkWriteConditions(conditions, current)
    if (!current) return
    await rm(recordPath(bucket, key), { force: true })
    await syncFolder(bucket.folder)
    const keys = await bucket.keys
    keys?.delete(key)
    await rm(path.join(bucket.folder, current.blob), { force: true })
  })
}
