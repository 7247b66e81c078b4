/** AES_256_GCM_SHA512_128, by its number in the registry of RFC 9605 §8.1. */
const suite = 5
/** Of the secret that the key of a speaker is derived from, in bytes. */
export const baseKeyBytes = 32
const saltBytes = 12
const noSalt = new Uint8Array(0)

/** What seals and opens the frames of one speaker under one number. No script can read the key out of it. */
export interface FrameKey {
  key: CryptoKey
  salt: Uint8Array<ArrayBuffer>
}

function labelOf(what: 'key' | 'salt', keyId: number): Uint8Array<ArrayBuffer> {
  const words = new TextEncoder().encode(`SFrame 1.0 Secret ${what} `)
  const label = new Uint8Array(words.length + 10)
  label.set(words)
  const view = new DataView(label.buffer, words.length)
  view.setBigUint64(0, BigInt(keyId))
  view.setUint16(8, suite)
  return label
}

/** The key and the salt of RFC 9605 §4.4.2; HKDF with an empty salt is its extract and expand in one. */
export async function deriveFrameKey(
  baseKey: Uint8Array<ArrayBuffer>,
  keyId: number,
): Promise<FrameKey> {
  const { subtle } = crypto
  const secret = await subtle.importKey('raw', baseKey, 'HKDF', false, ['deriveKey', 'deriveBits'])
  const by = (what: 'key' | 'salt') => ({
    name: 'HKDF',
    hash: 'SHA-512',
    salt: noSalt,
    info: labelOf(what, keyId),
  })
  const aes = { name: 'AES-GCM', length: 256 }
  const [key, salt] = await Promise.all([
    subtle.deriveKey(by('key'), secret, aes, false, ['encrypt', 'decrypt']),
    subtle.deriveBits(by('salt'), secret, saltBytes * 8),
  ])
  return { key, salt: new Uint8Array(salt) }
}

/** The parameters of AES-GCM for one frame (RFC 9605 §4.4.3): no two frames of a key have the same counter. */
export function sealingOf(
  { salt }: FrameKey,
  counter: number,
  header: Uint8Array,
  metadata: Uint8Array,
): AesGcmParams {
  const iv = new Uint8Array(salt)
  for (let at = saltBytes - 1, rest = counter; rest > 0; at--, rest = Math.floor(rest / 256)) {
    iv[at] = (iv[at] ?? 0) ^ (rest % 256)
  }
  return { name: 'AES-GCM', iv, additionalData: joined(header, metadata) }
}

export function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
