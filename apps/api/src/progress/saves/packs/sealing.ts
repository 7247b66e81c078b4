import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { parse } from 'uuid'
import type { Codec } from './codec.js'
import type { Place } from './content.js'

/** What a pack's key is made for. */
export interface PackIdentity extends Pick<Place, 'environmentId' | 'playerId'> {
  packId: string
  bornIn: string
}

/** Seals and opens the blocks of one pack, by their number in it. */
export interface PackSeal {
  seal(block: number, about: SealedAbout, bytes: Buffer): Buffer
  /** Throws when it was sealed for anything else, or has changed. */
  open(block: number, about: SealedAbout, sealed: Buffer): Buffer
}

export interface SealedAbout {
  codec: Codec
  plainLength: number
}

/** The number of what is no block: the list of chunks. A pack has far fewer blocks. */
export const chunkListNumber = 0xffff_ffff
export const tagBytes = 16

function nonceOf(block: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(block, 8)
  return nonce
}

/**
 * AES-256-GCM (NIST SP 800-38D) under a key of the pack's own, by HKDF-SHA-256 (RFC 5869) from the environment's
 * secret. The block's number is the nonce: no key seals two things under one number, for a pack is sealed once, and
 * its copy in another account keeps the id but not the owner, who is part of the key too.
 */
export function packSeal(
  secret: Buffer,
  { environmentId, playerId, packId, bornIn }: PackIdentity,
): PackSeal {
  const owner = ['aethex save pack', environmentId, playerId, bornIn].join('\n')
  const key = Buffer.from(hkdfSync('sha256', secret, parse(packId), owner, 32))
  const associated = (block: number, { codec, plainLength }: SealedAbout) =>
    Buffer.from([environmentId, playerId, bornIn, packId, block, codec, plainLength].join('\n'))
  return {
    seal(block, about, bytes) {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(block))
      cipher.setAAD(associated(block, about))
      const sealed = cipher.update(bytes)
      return Buffer.concat([sealed, cipher.final(), cipher.getAuthTag()])
    },
    open(block, about, sealed) {
      const end = sealed.length - tagBytes
      if (end < 0) throw new RangeError('the sealed bytes are too short')
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(block), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(associated(block, about))
      decipher.setAuthTag(sealed.subarray(end))
      const bytes = decipher.update(sealed.subarray(0, end))
      decipher.final()
      return bytes
    },
  }
}
