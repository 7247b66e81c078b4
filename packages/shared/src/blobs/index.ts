import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { unavailable } from '../errors/index.js'

export interface BlobSettings {
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
}

/** Immutable bytes by key, in any S3-compatible store. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Throws `unavailable` when the store does not answer or does not have the key. */
  get(key: string): Promise<Uint8Array>
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
  return {
    put: (Key, Body) =>
      guard(client.send(new PutObjectCommand({ Bucket, Key, Body })).then(() => undefined)),
    get: Key =>
      guard(
        client.send(new GetObjectCommand({ Bucket, Key })).then(({ Body }) => {
          if (Body === undefined) throw new Error(`the object ${Key} has no body`)
          return Body.transformToByteArray()
        }),
      ),
    ping: () => guard(client.send(new HeadBucketCommand({ Bucket })).then(() => undefined)),
    close: async () => client.destroy(),
  }
}
