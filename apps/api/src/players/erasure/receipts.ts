import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'

/** What a receipt attests: whose data is gone, from where, and what was kept and why. */
export const ReceiptBody = z.object({
  receipt_id: z.uuid(),
  environment_id: z.uuid(),
  player_id: z.uuid(),
  reason: z.string(),
  requested_by: z.string(),
  requested_at: z.iso.datetime(),
  erased_at: z.iso.datetime(),
  /** How many rows, objects or events there were, by store. */
  erased: z.record(z.string(), z.int()),
  kept: z.array(z.object({ what: z.string(), why: z.string() })),
})
export type ReceiptBody = z.output<typeof ReceiptBody>

// RFC 8410 §7: what stands before the 32 bytes of an Ed25519 private key in PKCS #8.
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const type = 'erasure-receipt+jws'

/** The key is derived from the master key, so that a receipt can be checked as long as the platform lives. */
export function receiptKey(seed: Uint8Array): { privateKey: KeyObject; publicKey: KeyObject } {
  const key = Buffer.concat([pkcs8Prefix, seed])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWS in compact form (RFC 7515), signed with Ed25519 (RFC 8037). */
export function signReceipt(privateKey: KeyObject, body: ReceiptBody): string {
  const signed = `${encode({ alg: 'EdDSA', typ: type })}.${encode(body)}`
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
}

const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())

/** What a genuine receipt says; undefined for anything else. */
export function readReceipt(publicKey: KeyObject, receipt: string): ReceiptBody | undefined {
  const [header = '', payload = '', signature = '', ...rest] = receipt.split('.')
  try {
    const { alg, typ } = z.object({ alg: z.string(), typ: z.string() }).parse(decode(header))
    if (alg !== 'EdDSA' || typ !== type || rest.length > 0) return undefined
    const signed = Buffer.from(`${header}.${payload}`)
    if (!verify(null, signed, publicKey, Buffer.from(signature, 'base64url'))) return undefined
    return ReceiptBody.parse(decode(payload))
  } catch {
    return undefined
  }
}
