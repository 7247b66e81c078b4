import { LRUCache } from 'lru-cache'

/** Opened blocks by the name of their object and their number. */
export interface BlockCache {
  get(key: string, block: number): Buffer | undefined
  /** Keeps bytes that nobody changes any more. */
  keep(key: string, block: number, plain: Buffer): void
  /** That a pack was met damaged: nothing is built on it any more. */
  spoil(packId: string): void
  isSpoilt(packId: string): boolean
}

const defaultMaxBytes = 64 * 1024 * 1024
// What an entry takes beside its bytes, so that many tiny blocks are bounded too.
const entryBytes = 256
const mostSpoilt = 10_000

/**
 * The least recently used blocks make room. An object is never written twice under its name, so an entry can be gone
 * but not out of date: whoever may read the row that names the object may have its bytes from here.
 * @param maxBytes 0 keeps nothing
 */
export function openBlockCache(maxBytes = defaultMaxBytes): BlockCache {
  const spoilt = new LRUCache<string, true>({ max: mostSpoilt })
  const marks = {
    spoil: (packId: string) => {
      spoilt.set(packId, true)
    },
    isSpoilt: (packId: string) => spoilt.has(packId),
  }
  if (maxBytes === 0) return { ...marks, get: () => undefined, keep: () => {} }
  const blocks = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: plain => plain.length + entryBytes,
  })
  return {
    ...marks,
    get: (key, block) => blocks.get(`${key}/${block}`),
    keep: (key, block, plain) => {
      blocks.set(`${key}/${block}`, plain)
    },
  }
}
