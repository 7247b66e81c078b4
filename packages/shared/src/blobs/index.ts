import { Readable } from 'node:stream'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { unavailable } from '../errors/index.js'
import { openPresigner, type PutTerms } from './presign.js'
import type { BlobSettings } from './settings.js'

export type { BlobSettings } from './settings.js'

export interface DatedKey {
  key: string
  putAt: Date
}

/** Immutable bytes by key, in any S3-compatible store. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Throws `unavailable` when the store does not answer or does not have the key. */
  get(key: string): Promise<Uint8Array>
  /** As `get`, but undefined for a key that is not there: for keys that callers choose. */
  find(key: string): Promise<Uint8Array | undefined>
  /**
   * Bytes `start` to `end` of an object, the latter excluded; fewer where the object ends before. Undefined for a key
   * that is not there.
   */
  getRange(key: string, start: number, end: number): Promise<Uint8Array | undefined>
  /** Puts `size` bytes from a stream. */
  putStream(key: string, bytes: Readable, size: number): Promise<void>
  /** The bytes of an object as they come. */
  openStream(key: string): Promise<Readable>
  /** Removes objects; one that is not there is no error. */
  remove(keys: readonly string[]): Promise<void>
  /** The keys that begin with `prefix`, in pages of up to 1,000. */
  list(prefix: string): AsyncIterable<string[]>
  /** As `list`, with when each object was put. */
  listDated(prefix: string): AsyncIterable<DatedKey[]>
  /** An address at which one object can be put from outside; left out where nobody outside reaches the store. */
  presignPut?(key: string, terms: PutTerms): Promise<string>
  ping(): Promise<void>
  close(): Promise<void>
}

export function openBlobs(settings: BlobSettings): Blobs {
  const { bucket: Bucket } = settings
  const client = new S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: true,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      throwOnRequestTimeout: true,
    },
  })
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw unavailable('object store', error)
    }
  }
  async function* listDated(Prefix: string): AsyncIterable<DatedKey[]> {
    let ContinuationToken: string | undefined
    do {
      const page = await guard(
        client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })),
      )
      yield (page.Contents ?? []).flatMap(({ Key: key, LastModified: putAt = new Date() }) =>
        key === undefined ? [] : [{ key, putAt }],
      )
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
  }
  async function* list(prefix: string): AsyncIterable<string[]> {
    for await (const page of listDated(prefix)) yield page.map(({ key }) => key)
  }
  // S3 takes a thousand keys at a time, and answers 200 also when some of them could not be removed.
  async function remove(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += 1_000) {
      const Objects = keys.slice(from, from + 1_000).map(Key => ({ Key }))
      const answer = await guard(
        client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
      )
      const [failed] = answer.Errors ?? []
      if (failed !== undefined) throw unavailable('object store', failed)
    }
  }
  async function getRange(Key: string, start: number, end: number) {
    try {
      const Range = `bytes=${start}-${end - 1}`
      const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket, Key, Range }))
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      // A store need not heed a range: then it says of none, and sends everything.
      return ContentRange === undefined ? bytes.subarray(start, end) : bytes
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      if (error instanceof Error && error.name === 'InvalidRange') return new Uint8Array()
      throw unavailable('object store', error)
    }
  }
  const { publicEndpoint } = settings
  return {
    ...(publicEndpoint === undefined
      ? {}
      : { presignPut: openPresigner(settings, publicEndpoint) }),
    list,
    listDated,
    remove,
    putStream: (Key, Body, ContentLength) =>
      guard(
        client
          .send(new PutObjectCommand({ Bucket, Key, Body, ContentLength }))
          .then(() => undefined),
      ),
    openStream: Key =>
      guard(
        client.send(new GetObjectCommand({ Bucket, Key })).then(({ Body }) => {
          if (!(Body instanceof Readable)) throw new Error(`the object ${Key} has no body`)
          return Body
        }),
      ),
    put: (Key, Body) =>
      guard(client.send(new PutObjectCommand({ Bucket, Key, Body })).then(() => undefined)),
    find: Key =>
      client.send(new GetObjectCommand({ Bucket, Key })).then(
        ({ Body }) => Body?.transformToByteArray(),
        error => {
          if (error instanceof NoSuchKey) return undefined
          throw unavailable('object store', error)
        },
      ),
    get: Key =>
      guard(
        client.send(new GetObjectCommand({ Bucket, Key })).then(({ Body }) => {
          if (Body === undefined) throw new Error(`the object ${Key} has no body`)
          return Body.transformToByteArray()
        }),
      ),
    getRange,
    ping: () => guard(client.send(new HeadBucketCommand({ Bucket })).then(() => undefined)),
    close: async () => client.destroy(),
  }
}
