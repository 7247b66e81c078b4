import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { SignatureV4 } from '@smithy/signature-v4'
import { startS3Server } from './server.js'

export const credentials = { accessKeyId: 'local', secretAccessKey: 'a-secret-for-tests' }
export const Bucket = 'saves'

/** A server on a scratch folder, for tests; `restart` opens the same folder again. */
export interface ScratchServer {
  dir: string
  url: string
  client: S3Client
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startScratchServer(): Promise<ScratchServer> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'aethex-s3-'))
  const start = () =>
    startS3Server({ dir, port: 0, host: '127.0.0.1', credentials, bucket: Bucket })
  const close = async () => {
    scratch.client.destroy()
    await server.close()
  }
  let server = await start()
  const scratch: ScratchServer = {
    dir,
    url: server.url,
    client: clientFor(server.url),
    async restart() {
      await close()
      server = await start()
      scratch.url = server.url
      scratch.client = clientFor(server.url)
    },
    async stop() {
      await close()
      await rm(dir, { recursive: true })
    },
  }
  return scratch
}

/** The official client with its default checksums, and one attempt so that failures show. */
export function clientFor(
  endpoint: string,
  secretAccessKey = credentials.secretAccessKey,
): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { ...credentials, secretAccessKey },
  })
}

/** A presigned URL made by the SDK's own signer. */
export async function presign(
  url: string,
  method: string,
  options: {
    expiresIn?: number
    signingDate?: Date
    query?: Record<string, string>
    headers?: Record<string, string>
  } = {},
): Promise<string> {
  const target = new URL(url)
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 's3',
    uriEscapePath: false,
    sha256: NodeSha256,
  })
  const signed = await signer.presign(
    {
      method,
      protocol: target.protocol,
      hostname: target.hostname,
      port: Number(target.port),
      path: target.pathname,
      query: options.query ?? {},
      headers: {
        host: target.host,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        ...options.headers,
      },
    },
    { expiresIn: options.expiresIn ?? 60, signingDate: options.signingDate ?? new Date() },
  )
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    target.searchParams.set(name, String(value))
  }
  return target.href
}

class NodeSha256 {
  private readonly hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest()
  }
  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}
