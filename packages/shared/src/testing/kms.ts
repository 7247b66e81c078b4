import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Closable } from '../lifecycle/index.js'

/** What a KMS does while it is `down`, `slow` or `refusing`. */
export type KmsMood = 'well' | 'down' | 'slow' | 'refusing'

/** A KMS on a loopback port that speaks AWS JSON 1.1: Encrypt and Decrypt under keys of its own. */
export interface TestKms extends Closable {
  url: string
  /** Makes a key and answers its ARN. */
  makeKey(): string
  /** Lets an alias (`alias/…`) stand for a key. */
  nameKey(alias: string, arn: string): void
  mood: KmsMood
  /** What was asked, in order. */
  asked: { verb: string; context: Record<string, string> | undefined }[]
}

const Asked = z.object({
  KeyId: z.string(),
  Plaintext: z.base64().optional(),
  CiphertextBlob: z.base64().optional(),
  EncryptionContext: z.record(z.string(), z.string()).optional(),
})
type Asked = z.output<typeof Asked>

class Refusal extends Error {
  constructor(
    readonly type: string,
    readonly status = 400,
  ) {
    super(type)
  }
}

const contextBytes = (context: Asked['EncryptionContext'] = {}) =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))

export async function startTestKms(): Promise<TestKms> {
  const keys = new Map<string, Buffer>()
  const aliases = new Map<string, string>()

  function keyOf(named: string): { arn: string; key: Buffer } {
    const arn = aliases.get(named) ?? named
    const key = keys.get(arn)
    if (key === undefined) throw new Refusal('NotFoundException')
    return { arn, key }
  }
  function encrypt({ KeyId: named, Plaintext: plain = '', EncryptionContext: context }: Asked) {
    const { arn, key } = keyOf(named)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(contextBytes(context))
    const bytes = Buffer.concat([cipher.update(plain, 'base64'), cipher.final()])
    const blob = Buffer.concat([iv, cipher.getAuthTag(), bytes])
    return { KeyId: arn, CiphertextBlob: blob.toString('base64') }
  }
  function decrypt({ KeyId: named, CiphertextBlob: sealed = '', EncryptionContext }: Asked) {
    const { arn, key } = keyOf(named)
    const blob = Buffer.from(sealed, 'base64')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12))
      decipher.setAAD(contextBytes(EncryptionContext)).setAuthTag(blob.subarray(12, 28))
      const plain = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()])
      return { KeyId: arn, Plaintext: plain.toString('base64') }
    } catch {
      throw new Refusal('InvalidCiphertextException')
    }
  }
  function answer(verb: string, body: string): unknown {
    if (kms.mood === 'refusing') throw new Refusal('AccessDeniedException')
    if (kms.mood === 'down') throw new Refusal('KMSInternalException', 500)
    const asked = Asked.parse(JSON.parse(body))
    kms.asked.push({ verb, context: asked.EncryptionContext })
    if (verb === 'Encrypt') return encrypt(asked)
    if (verb === 'Decrypt') return decrypt(asked)
    throw new Refusal('UnknownOperationException')
  }

  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (kms.mood === 'slow') return
    const type = 'application/x-amz-json-1.1'
    const [service, verb = ''] = String(request.headers['x-amz-target']).split('.')
    try {
      if (service !== 'TrentService' || request.headers['content-type'] !== type) {
        throw new Refusal('SerializationException')
      }
      const told = answer(verb, body)
      response.writeHead(200, { 'content-type': type }).end(JSON.stringify(told))
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('ValidationException')
      const told = { __type: refusal.type, message: String(error) }
      response.writeHead(refusal.status, { 'content-type': type }).end(JSON.stringify(told))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const kms: TestKms = {
    url: `http://127.0.0.1:${port}`,
    mood: 'well',
    asked: [],
    makeKey: () => {
      const arn = `arn:aws:kms:us-east-1:000000000000:key/${randomUUID()}`
      keys.set(arn, randomBytes(32))
      return arn
    },
    nameKey: (alias, arn) => void aliases.set(alias, arn),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return kms
}
