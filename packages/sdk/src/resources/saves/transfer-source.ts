import { Sha256, sha256 } from '../../core/sha256.js'
import type { Content } from './content.js'

/** Bytes to be sent, of which only a part is in memory at a time where they come from a file. */
export interface Source {
  size: number
  content_type: string
  slice(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>
  /** SHA-256 of the whole, in hex. */
  hash(): Promise<string>
}

export const sourceOfContent = ({ bytes, content_type }: Content): Source => ({
  size: bytes.length,
  content_type,
  slice: async (from, to) => bytes.slice(from, to),
  hash: () => sha256(bytes),
})

const readBytes = 4 * 2 ** 20

/** A file of the player's disk, say; it is read twice: for its hash, and to be sent. */
export function sourceOfBlob(blob: Blob, content_type: string): Source {
  const slice = async (from: number, to: number) =>
    new Uint8Array(await blob.slice(from, to).arrayBuffer())
  return {
    size: blob.size,
    content_type,
    slice,
    async hash() {
      const hash = new Sha256()
      for (let at = 0; at < blob.size; at += readBytes) hash.add(await slice(at, at + readBytes))
      return hash.digest()
    },
  }
}
