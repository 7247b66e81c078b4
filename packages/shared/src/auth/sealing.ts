import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const ivBytes = 12
const tagBytes = 16

/** A 32-byte key for one purpose, derived from a secret (HKDF-SHA-256, RFC 5869). */
export const deriveKey = (secret: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))

const nothing = Buffer.alloc(0)

/**
 * AES-256-GCM: iv, tag and ciphertext in one buffer. `context` is not kept in it: it must be said again, the same, to
 * open it, and so ties the buffer to the place where it belongs.
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: Uint8Array = nothing): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(context)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** Opens what `seal` made; throws when key or context are others, or a bit has changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: Uint8Array = nothing): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes))
  decipher.setAAD(context).setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()])
}
