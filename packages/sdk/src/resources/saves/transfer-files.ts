import { attempt, type Result } from '../../core/result.js'
import { type ConflictPolicy, isDecidedByServer } from './conflict.js'
import type { DeviceCopy } from './device-copy.js'
import type { Hands } from './hands.js'
import { settled } from './history.js'
import type { Save, Saved, SaveFacts } from './save.js'
import type { SlotPlace } from './slot-place.js'
import { isDirty } from './slot-record.js'
import type { TransferOptions } from './transfer.js'
import { sourceOfBlob } from './transfer-source.js'
import type { Transfers } from './transfers.js'
import type { SaveWire } from './wire.js'

/** Files that are too large to be kept in memory, or twice on a device. */
export interface SaveFiles {
  /**
   * A slot, or an older version of it, as a Blob that the browser may keep on the disk; nothing of it stays in the store
   * of this device. Read without `version` it is what the next save is built on. Errors: `not_found`, `queued` while
   * something waits here that cannot be sent, `aborted`, `invalid_answer` for bytes of another hash.
   */
  loadFile(
    slot: string,
    options?: TransferOptions & { version?: number },
  ): Promise<Result<{ save: Save; file: Blob }>>
}

interface FilesParts {
  copy: DeviceCopy
  wire: SaveWire
  hands: Hands
  transfers: Transfers
  placeNamed(slot: string): SlotPlace
  settleBefore(at: SlotPlace): Promise<void>
  policy(): ConflictPolicy
  /** What a slot that this device knows nothing of is taken for: empty, or whatever is there. */
  whenUnknown(): 0 | null
  onChanged(at: SlotPlace, save: Save): void
}

interface FileWish extends TransferOptions {
  file: Blob
  content_type: string
  facts: SaveFacts
  base_version?: number | undefined
}

export function createSaveFiles(parts: FilesParts) {
  const { copy, hands, wire, transfers, placeNamed, settleBefore } = parts

  /** The slot holds a file that is not on this device; what the game saves next is made from it. */
  async function note(at: SlotPlace, save: Save): Promise<void> {
    const { version } = save
    const record = await at.change(before =>
      isDirty(before) || (before.head.version ?? 0) > version
        ? undefined
        : { ...before, head: { version, save, content: null }, seen: { version, content: null } },
    )
    hands.fallBack(at, record)
  }

  async function baseOf(at: SlotPlace, explicit: number | undefined): Promise<number | null> {
    const record = await at.read()
    const seen = hands.staleBase(at, record) ?? record.seen.version
    return explicit ?? seen ?? hands.listed(at) ?? parts.whenUnknown()
  }

  return {
    /** Straight from the file to the server, in parts; the same file goes on from where it was when it is saved again. */
    async save(at: SlotPlace, wish: FileWish): Promise<Saved> {
      await settled(at, settleBefore)
      const { strategy } = parts.policy()
      const written = await copy.alone(at.playerId, at.slot, async () =>
        transfers.upload(at.playerId, {
          ...(wish.signal && { signal: wish.signal }),
          ...(wish.onProgress && { onProgress: wish.onProgress }),
          slot: at.slot,
          source: sourceOfBlob(wish.file, wish.content_type),
          facts: { ...wish.facts, client_time: new Date().toISOString() },
          base: await baseOf(at, wish.base_version),
          ...(isDecidedByServer(strategy) && { on_conflict: { strategy } }),
        }),
      )
      const { save, resolution } = written
      const isMine = save.save_id === at.slot && (resolution?.outcome ?? 'mine') === 'mine'
      if (isMine) await note(at, save)
      else parts.onChanged(at, save)
      return { synced: true, save }
    },

    loadFile: (slot: string, options: TransferOptions & { version?: number } = {}) =>
      attempt(async () => {
        const at = placeNamed(slot)
        const { version } = options
        if (version === undefined) await settled(at, settleBefore)
        const save = await wire.about(at.playerId, slot, version)
        const file = await transfers.download.blob(at.playerId, save, options)
        if (version === undefined) await note(at, save)
        return { save, file }
      }),
  }
}
