import type { components } from '../../generated/openapi.js'

/** A version of a slot as the server keeps it: `size` in bytes, `version` from 1 up, `deleted` for a tombstone. */
export type Save = components['schemas']['Save']

/** Small facts for lists, such as a level. */
export type Metadata = Save['metadata']

/** What is told of a version beside its content. */
export interface SaveFacts {
  /** For people: the slot's title in a list. */
  name?: string
  metadata?: Metadata
  /** Such as "Ada's phone". */
  device?: string
  /** 1 to 32 of a-z, 0-9, _ and -, such as `web`. */
  platform?: string
  /** For the strategy `longest_play_time`. */
  play_time_seconds?: number
  /** Of the game's own format. */
  schema_version?: number
}

/** A save that this device keeps and the server does not have yet. */
export interface LocalSave extends SaveFacts {
  save_id: string
  /** The server gives it one. */
  version: null
  size: number
  content_type: string
  metadata: Metadata
  /** By the clock of this device. */
  updated_at: string
  deleted: false
}

/**
 * What became of a call of `save`. `synced` tells where it is: true in the cloud, false on this device, from where it is
 * sent as soon as that works.
 */
export type Saved = { synced: true; save: Save } | { synced: false; save: LocalSave }

/** Where what was loaded comes from: the server has confirmed it, or it is this device's own copy. */
export type LoadedFrom = 'server' | 'device'

/** A slot with its data. A copy on this device may be one that the server does not have yet. */
export interface Loaded<T> {
  save: Save | LocalSave
  data: T
  from: LoadedFrom
}
