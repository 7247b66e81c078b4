import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder } from './durable-files.js'
import { S3Error } from './errors.js'
import { createKeyLock, type KeyLock } from './key-lock.js'

export interface Bucket {
  name: string
  createdAt: Date
  /** Holds `<sha256 of key>.json` records and the immutable `<sha256 of key>.<uuid>.blob` files they name. */
  folder: string
  /** Every key that may exist, once a listing asked for it; the records on disk are the truth. */
  keys?: Promise<Set<string>>
}

export interface Store {
  tmp: string
  uploads: string
  bucketsFolder: string
  buckets: Map<string, Bucket>
  lock: KeyLock
}

/** Opens a data folder, creating it when missing, and removes what a killed server left half done. */
export async function openStore(dir: string): Promise<Store> {
  const store: Store = {
    tmp: path.join(dir, 'tmp'),
    uploads: path.join(dir, 'uploads'),
    bucketsFolder: path.join(dir, 'buckets'),
    buckets: new Map(),
    lock: createKeyLock(),
  }
  await rm(store.tmp, { recursive: true, force: true })
  for (const folder of [store.tmp, store.uploads, store.bucketsFolder]) {
    await mkdir(folder, { recursive: true })
  }
  await syncFolder(dir)
  for (const name of await readdir(store.bucketsFolder)) {
    const folder = path.join(store.bucketsFolder, name)
    store.buckets.set(name, { name, folder, createdAt: (await stat(folder)).birthtime })
    await removeOrphanBlobs(folder)
  }
  return store
}

/** Creates a bucket; `BucketAlreadyOwnedByYou` when it exists, `InvalidBucketName` for a bad name. */
export async function createBucket(store: Store, name: string): Promise<Bucket> {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw new S3Error('InvalidBucketName')
  if (store.buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou')
  const bucket = { name, folder: path.join(store.bucketsFolder, name), createdAt: new Date() }
  store.buckets.set(name, bucket)
  try {
    await mkdir(bucket.folder)
    await syncFolder(store.bucketsFolder)
  } catch (error) {
    store.buckets.delete(name)
    throw error
  }
  return bucket
}

/** The bucket of that name, or `NoSuchBucket`. */
export function findBucket(store: Store, name: string): Bucket {
  const bucket = store.buckets.get(name)
  if (!bucket) throw new S3Error('NoSuchBucket')
  return bucket
}

// A blob is written before its record, so a kill in between leaves a blob nobody names. One blob
// beside one record is always the named one: only the doubtful records have to be read.
async function removeOrphanBlobs(folder: string): Promise<void> {
  const blobs = new Map<string, string[]>()
  const records = new Set<string>()
  for (const file of await readdir(folder)) {
    const hash = file.slice(0, file.indexOf('.'))
    if (file.endsWith('.json')) records.add(hash)
    else blobs.set(hash, [...(blobs.get(hash) ?? []), file])
  }
  for (const [hash, files] of blobs) {
    if (files.length === 1 && records.has(hash)) continue
    const record = records.has(hash)
      ? await readFile(path.join(folder, `${hash}.json`), 'utf8')
      : ''
    for (const file of files) {
      if (!record.includes(`"${file}"`)) await rm(path.join(folder, file), { force: true })
    }
  }
}
