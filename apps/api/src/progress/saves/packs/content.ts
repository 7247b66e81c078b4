import type { Blobs } from '@aethex/shared/blobs'
import type { DataKeys } from '@aethex/shared/data-keys'
import type { Logger } from '@aethex/shared/log'
import type { BlockCache } from './block-cache.js'

/** Where content belongs: a slot of a player. Bytes sealed for one place cannot be opened as those of another. */
export interface Place {
  environmentId: string
  playerId: string
  saveId: string
}

/** What storing and reading need. */
export interface PackTools {
  blobs: Blobs
  dataKeys: DataKeys
  /** Damaged bytes are told here as errors. */
  log: Logger
  /** Opened blocks of this process; see `openBlockCache`. */
  blocks: BlockCache
  /** What this process has stored last; see `openRecentContents`. */
  recent: RecentContents
}

/**
 * One immutable object of the store, as its row in save_pack tells of it. An object holds up to 16 blocks one after
 * the other; a block is up to 1 MiB of content, compressed, then sealed.
 */
export interface PackRow {
  pack_id: string
  /** The slot it was sealed for: part of what its key is derived from. */
  born_in: string
  data_key: number
  /** Where its blocks lie: `encodeBlocks`. */
  blocks: Buffer
  /** Which chunks they hold, sealed: `sealChunks`. */
  chunks: Buffer
  plain_size: number
  stored_size: number
}

/** Content as a version's row tells of it. */
export interface VersionContent {
  /** Which bytes of which packs it is made of, in order. */
  recipe: Buffer
  size: number
  /** SHA-256 of the content. */
  hash: Buffer
}

/** A version with the rows of all packs of its recipe. */
export interface BaseVersion extends VersionContent {
  packs: readonly PackRow[]
}

/** Content and how it was cut. */
export interface CutContent {
  /** Nobody changes them any more. */
  bytes: Buffer
  chunkBits: number
  chunks: readonly { id: string; length: number }[]
}

/** What a process has stored last in a slot. It spares work and decides nothing: others may have written since. */
export interface RecentContent {
  cut?: CutContent
  base?: BaseVersion
}

export interface RecentContents {
  of(place: Place): RecentContent
  /** Adds to what is known of the slot. */
  keep(place: Place, recent: RecentContent): void
}

export interface StoredContent extends VersionContent {
  /** Objects that now lie in the store and need their rows, those of `reusedPacks` have theirs. */
  newPacks: PackRow[]
  reusedPacks: string[]
  /** What the new objects take in the store. */
  storedSize: number
}

export interface StoreOptions {
  /** Bytes that are to be expected of a stream: decides how finely it is cut. Parts of one upload tell the whole's. */
  sizeHint?: number
  /** An earlier version whose packs may be built on. */
  base?: BaseVersion
  /** Asked before each object is put; what it throws ends the write. Not asked when nothing has to be put. */
  beforePut?(soFar: { size: number; storedSize: number }): Promise<void>
}

/** Bytes `start` to `end`, the latter excluded. */
export interface ByteRange {
  start: number
  end: number
}
