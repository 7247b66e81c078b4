import { AeThexError, hasCode } from '../../core/error.js'
import type { Session } from '../../core/session.js'
import { uuidv7 } from '../../core/uuid.js'
import type { components } from '../../generated/openapi.js'
import { isSameJson } from './slots.js'

/** A version of a slot: `size` in bytes, `version` from 1 up, `deleted` for a tombstone. */
export type Save = components['schemas']['Save']
type SaveWithData = components['schemas']['SaveWithData']

/**
 * Makes one of two: the data being saved and the newer data on the server (null when it was deleted).
 * Nothing checks that what the server has is a T.
 */
export type Merge<T = unknown> = (mine: T, theirs: T | null, current: Save) => T | Promise<T>

/** One write of a slot; its id travels as Idempotency-Key, so that it is carried out once. */
export interface SaveOperation {
  operation_id: string
  slot: string
  data: unknown
  base_version?: number
  metadata?: Save['metadata']
}

export interface SaveWriter {
  /** Sends until the server has taken it; `onRebased` hears of each merged successor before it is sent. */
  write(
    playerId: string,
    operation: SaveOperation,
    merge?: Merge,
    onRebased?: (operation: SaveOperation) => void,
  ): Promise<Save>
  seenVersion(playerId: string, slot: string): number | undefined
  noteVersion(playerId: string, slot: string, version: number | undefined): void
}

/** A slot that others write all the time must not keep a game merging for ever. */
const mostMerges = 8

const bodyOf = ({ slot, data, base_version, metadata }: SaveOperation) => ({
  save_id: slot,
  data,
  ...(base_version === undefined ? {} : { base_version }),
  ...(metadata === undefined ? {} : { metadata }),
})

export function createSaveWriter(session: Session): SaveWriter {
  // What this game has read, written or listed, not what the device has heard of: only that may be built upon. 0: not there.
  const seen = new Map<string, number>()
  const unconfirmed = new Map<string, unknown>()
  const nameOf = (playerId: string, slot: string) => `${playerId}/${slot}`

  function noteVersion(playerId: string, slot: string, version: number | undefined): void {
    const name = nameOf(playerId, slot)
    unconfirmed.delete(name)
    if (version === undefined) seen.delete(name)
    else seen.set(name, version)
  }

  async function send(playerId: string, operation: SaveOperation): Promise<Save> {
    const { save } = await session.request<{ save: Save }>(
      {
        method: 'POST',
        path: '/saves/me',
        body: bodyOf(operation),
        operationId: operation.operation_id,
      },
      playerId,
    )
    noteVersion(playerId, operation.slot, save.version)
    return save
  }

  /** The data to write over the newer save; rethrows the conflict when nobody can tell. */
  async function settle(
    name: string,
    { data: mine, base_version }: SaveOperation,
    current: SaveWithData,
    merge: Merge | undefined,
    conflict: unknown,
  ): Promise<unknown> {
    // An earlier write of ours arrived although its answer did not: there is nothing to merge.
    if (unconfirmed.has(name) && isSameJson(unconfirmed.get(name), current.data)) return mine
    if (merge === undefined) {
      // It was made from an empty slot, and the slot is as empty as before.
      if (base_version === 0 && current.save.deleted) return mine
      throw conflict
    }
    const theirs = current.save.deleted ? null : current.data
    return await merge(mine, theirs, current.save)
  }

  return {
    noteVersion,
    seenVersion: (playerId, slot) => seen.get(nameOf(playerId, slot)),
    async write(playerId, first, merge, onRebased) {
      const name = nameOf(playerId, first.slot)
      let operation = first
      for (let merges = 0; ; merges++) {
        try {
          return await send(playerId, operation)
        } catch (thrown) {
          if (thrown instanceof AeThexError && thrown.retryable) {
            unconfirmed.set(name, operation.data)
          }
          const current = hasCode(thrown, 'save_conflict') ? thrown.details.current : undefined
          if (!current || merges === mostMerges) throw thrown
          const data = await settle(name, operation, current, merge, thrown)
          operation = {
            ...operation,
            operation_id: uuidv7(),
            data,
            base_version: current.save.version,
          }
          onRebased?.(operation)
        }
      }
    },
  }
}
