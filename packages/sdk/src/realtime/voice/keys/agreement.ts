import { fromBase64, toBase64 } from '../../../core/base64.js'

const curve = 'X25519'
const publicKeyBytes = 32
const ivBytes = 12
const utf8 = (text: string) => new TextEncoder().encode(text)

/** The keys of one member for one stay in a voice room; the private one never leaves the browser's keeping. */
export interface MemberKeys {
  /** In base64, as the others are told. */
  publicKey: string
  privateKey: CryptoKey
}

/** What two members have agreed on, and nobody else knows. */
export interface Agreement {
  /** Forty digits that both see alike, unless somebody sits between them. */
  safetyNumber: string
  /** For the other member alone: the secret and its number, sealed. */
  wrap(keyId: number, baseKey: Uint8Array<ArrayBuffer>): Promise<string>
  /** What the other member has wrapped; rejects for anything else. */
  unwrap(keyId: number, wrapped: string): Promise<Uint8Array<ArrayBuffer>>
}

interface Party {
  playerId: string
  /** In base64. */
  publicKey: string
}

/** New keys (RFC 7748); rejects where the platform has no X25519. */
export async function makeMemberKeys(): Promise<MemberKeys> {
  const pair = await crypto.subtle.generateKey({ name: curve }, false, ['deriveBits'])
  if (!('privateKey' in pair)) throw new Error('The platform made no pair of keys.')
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return { publicKey: toBase64(raw), privateKey: pair.privateKey }
}

async function sharedSecret(privateKey: CryptoKey, publicKey: string): Promise<ArrayBuffer> {
  const raw = fromBase64(publicKey)
  if (raw.length !== publicKeyBytes) throw new Error('This is no public key.')
  const other = await crypto.subtle.importKey('raw', raw, { name: curve }, false, [])
  const secret = await crypto.subtle.deriveBits({ name: curve, public: other }, privateKey, 256)
  // A point of small order gives a secret that everybody knows (RFC 7748 §6.1); platforms should refuse it too.
  if (new Uint8Array(secret).every(byte => byte === 0)) throw new Error('This key is no secret.')
  return secret
}

/** A key for what one of the two tells the other; both ends, their keys and the room are part of it. */
async function wrappingKey(secret: ArrayBuffer, roomId: string, from: Party, to: Party) {
  const { subtle } = crypto
  const material = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const parties = [from.playerId, from.publicKey, to.playerId, to.publicKey]
  const info = utf8(JSON.stringify(['AeThex voice 1 wrap', roomId, ...parties]))
  const by = { name: 'HKDF', hash: 'SHA-512', salt: new Uint8Array(0), info }
  const aes = { name: 'AES-GCM', length: 256 }
  return subtle.deriveKey(by, material, aes, false, ['encrypt', 'decrypt'])
}

/**
 * Long enough that nobody in between finds two keys that give both sides the same number while they wait: that
 * would take about 2^66 tries.
 */
async function safetyNumberOf(roomId: string, one: Party, other: Party): Promise<string> {
  const parties = [one, other].sort((a, b) => (a.playerId < b.playerId ? -1 : 1))
  const facts = parties.flatMap(party => [party.playerId, party.publicKey])
  const text = JSON.stringify(['AeThex voice 1 safety number', roomId, ...facts])
  const digest = new DataView(await crypto.subtle.digest('SHA-512', utf8(text)))
  const groups = Array.from({ length: 8 }, (_, index) => {
    const value = digest.getUint32(index * 8) * 256 + digest.getUint8(index * 8 + 4)
    return String(value % 100_000).padStart(5, '0')
  })
  return groups.join(' ')
}

/** Agrees with another member by X25519; rejects for a key that is none, or is this member's own. */
export async function agree(
  roomId: string,
  own: MemberKeys & { playerId: string },
  other: Party,
): Promise<Agreement> {
  if (other.publicKey === own.publicKey) throw new Error('This is our own key.')
  const secret = await sharedSecret(own.privateKey, other.publicKey)
  const [outward, inward, safetyNumber] = await Promise.all([
    wrappingKey(secret, roomId, own, other),
    wrappingKey(secret, roomId, other, own),
    safetyNumberOf(roomId, own, other),
  ])
  // The number is sealed along, so that a secret cannot be passed off as a later one.
  const by = (keyId: number, iv: Uint8Array<ArrayBuffer>) => ({
    name: 'AES-GCM',
    iv,
    additionalData: utf8(String(keyId)),
  })
  return {
    safetyNumber,
    async wrap(keyId, baseKey) {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const sealed = await crypto.subtle.encrypt(by(keyId, iv), outward, baseKey)
      return toBase64(Uint8Array.of(...iv, ...new Uint8Array(sealed)))
    },
    async unwrap(keyId, wrapped) {
      const bytes = fromBase64(wrapped)
      const iv = bytes.slice(0, ivBytes)
      return new Uint8Array(
        await crypto.subtle.decrypt(by(keyId, iv), inward, bytes.subarray(ivBytes)),
      )
    },
  }
}
