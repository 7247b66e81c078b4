import type { Listenable } from '../../core/emitter.js'
import type { AeThexError } from '../../core/error.js'
import type { Result } from '../../core/result.js'
import type { ConflictChoice, ConflictPolicy, Merge, SaveConflict } from './conflict.js'
import type { SaveHistory } from './history.js'
import type { Page, SaveList, SlotList } from './list-saves.js'
import type { Loaded, Save, Saved, SaveFacts } from './save.js'
import type { SaveStore } from './store/save-store.js'
import type { SaveThumbnails } from './thumbnails.js'
import type { TransferOptions, TransferProgress } from './transfer.js'
import type { SaveFiles } from './transfer-files.js'

/** `onProgress` and `signal` hold as long as the call waits for the server. */
export interface SaveOptions<T = unknown> extends SaveFacts, TransferOptions {
  /** The version that `data` was made from; by itself what this game has loaded or saved last. 0: the slot must not exist yet. */
  base_version?: number
  /** Settles a conflict of this save by code of the game's own, as long as this run lasts. */
  merge?: Merge<T>
  /** Of a file: the media type of the bytes; that of a Blob, or `application/octet-stream`, unless said. */
  content_type?: string
}

export interface SavesOptions extends ConflictPolicy {
  /** Whether saves are kept on this device first and sent in the background; they are, unless this is false. */
  autoSync?: boolean
  /** Sends parts of large files to the object store by themselves, where the server has one that takes them. */
  directUploads?: boolean
  /** Where this device keeps saves: in the browser IndexedDB, elsewhere memory, unless given (`createFileStore`). */
  store?: SaveStore
  /** How long changes are gathered before they are sent, in milliseconds; 1000 unless said. */
  delayMs?: number
  /** What every save says of this device, such as "Ada's phone". */
  device?: string
  /** What every save says of the platform: 1 to 32 of a-z, 0-9, _ and -. */
  platform?: string
}

/** What another device or tab has done to a slot; `load` gets it. */
export interface SlotChange {
  save_id: string
  /** null: not on the server yet. */
  version: number | null
  deleted: boolean
  from: 'server' | 'tab'
}

export interface SaveEvents {
  /** A save that nobody waited for has reached the server. */
  synced: [save: Save]
  /**
   * A save met a newer one, and neither the policy nor `onConflict` decided: `mine` stays on this device, and
   * `saves.resolve` goes on. `error.details.current` is the newer save.
   */
  conflict: [slot: string, mine: unknown, error: AeThexError, conflict: SaveConflict]
  /** The slot is another one than the game has in its hands: load it before it is saved again. */
  changed: [change: SlotChange]
  /** How far a file is that is being sent or got, whoever has asked for it. */
  progress: [slot: string, progress: TransferProgress]
  /** The server does not take a save (too large, no room): it stays on this device until it is saved anew. */
  refused: [slot: string, error: AeThexError]
}

/**
 * The player's slots. A save that has succeeded cannot be lost: it is in the cloud (`synced: true`), or on this device,
 * whose disk has it (`synced: false`), and goes to the cloud by itself, also in a later run of the game. On a device that
 * keeps nothing, only the cloud is a success.
 */
export interface Saves extends Listenable<SaveEvents>, SaveHistory, SaveThumbnails, SaveFiles {
  /**
   * Writes a slot: values as JSON, with vectors, quaternions, colours, bytes, big integers, dates, maps and sets in them;
   * or a file, when `data` is itself a Uint8Array, ArrayBuffer or Blob. With auto sync it is kept on this device at once and
   * sent soon, the newest per slot. Without, it goes straight to the server, over whatever is in a slot that this
   * device knows nothing of. Errors: `invalid_request`, `not_signed_in`; and when the server is asked at once
   * `save_conflict`, `body_too_large`, `network_failed` and its like, or `queued` from a device that keeps nothing,
   * where it is tried again while the game runs.
   *
   * Files above 8 MiB go in parts, and after a cut, an `aborted` or a restart from where they were. A Blob of that size
   * is not kept on this device but sent from where it lies: the call waits for the server, and after a failure the same
   * file has to be saved again.
   */
  save<T>(slot: string, data: T, options?: SaveOptions<T>): Promise<Result<Saved>>
  /**
   * The newer of the server's version and this device's; it becomes the base of the next save, also when there is none.
   * `from: 'device'` when the server cannot be reached, or does not have it yet: what is saved here is never lost to a
   * load. Without auto sync only the server is asked. Errors: `not_found`.
   */
  load<T = unknown>(slot: string, options?: TransferOptions): Promise<Result<Loaded<T>>>
  /** The player's slots, without their data: the server's with what waits here, or this device's alone when offline. */
  list(page?: Page): Promise<Result<SlotList>>
  /** The versions of a slot, newest first, without their data. */
  history(slot: string, page?: Page): Promise<Result<SaveList>>
  /**
   * Deletes a slot for all devices, also offline; never what another device has written meanwhile, when this device
   * knows the slot. A slot that is not there counts as deleted.
   */
  delete(slot: string, options?: { base_version?: number }): Promise<Result<{ synced: boolean }>>
  /** Sends what waits on this device, now. `pending`: how many slots could not be sent. */
  flush(): Promise<Result<{ pending: number }>>
  /** Switches auto sync, which is on unless `createCloud` was told otherwise, and says how conflicts are settled. */
  enableAutoSync(enabled: boolean, options?: ConflictPolicy): void
  /** The conflicts that wait for somebody to decide. */
  conflicts(): SaveConflict[]
  /** Decides such a conflict. Errors: `not_found` when the slot has none. */
  resolve(slot: string, choice: ConflictChoice): Promise<Result>
}

/** A version that some device of the player has written, as the connection tells of it. */
export interface RemoteWrite {
  player_id?: string
  save_id: string
  version: number
  hash: string | null
  deleted: boolean
}
