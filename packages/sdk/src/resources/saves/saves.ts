import type { Backoff } from '../../core/backoff.js'
import { createEmitter, type Listenable } from '../../core/emitter.js'
import { type AeThexError, hasCode } from '../../core/error.js'
import { path } from '../../core/http.js'
import type { Lock } from '../../core/lock.js'
import { attempt, type Result } from '../../core/result.js'
import type { Session } from '../../core/session.js'
import type { SessionStore } from '../../core/session-store.js'
import type { Store } from '../../core/storage.js'
import { uuidv7 } from '../../core/uuid.js'
import { createSaveQueue, type SaveQueue } from './save-queue.js'
import { assertSlot, createSlotOrder, snapshot } from './slots.js'
import { createSaveWriter, type Merge, type Save, type SaveOperation } from './write-save.js'

export interface SaveOptions<T = unknown> {
  /** The version that `data` was made from; by itself the last one this run has loaded, saved or listed. 0: the slot must not exist yet. */
  base_version?: number
  /** Small facts for lists, such as a level or the time played. */
  metadata?: Save['metadata']
  /** Settles a conflict; without it the call fails with `save_conflict` and `error.details.current`. */
  merge?: Merge<T>
}

export interface Page {
  limit?: number
  cursor?: string
}

interface SaveList {
  items: Save[]
  next_cursor: string | null
}

export interface SaveEvents {
  /** Auto sync has sent a save that nobody waited for any more. */
  synced: [save: Save]
  /** Auto sync met a newer save and nothing to merge with: `mine` was not stored, `error.details.current` was. */
  conflict: [slot: string, mine: unknown, error: AeThexError]
}

/** The player's slots. Success always means that the server has stored it. */
export interface Saves extends Listenable<SaveEvents> {
  /**
   * Writes a slot. One that this run has neither loaded nor listed nor saved is written blindly, over whatever is there:
   * load it first, or give a `base_version`. Errors: `save_conflict` (a newer version exists), `body_too_large`, `invalid_request`,
   * `not_signed_in`, and, with auto sync on and no way to the server, `queued`.
   */
  save<T>(slot: string, data: T, options?: SaveOptions<T>): Promise<Result<{ save: Save }>>
  /**
   * The newest version of a slot; it becomes the base of the next save, also when there is none:
   * of two devices that find an empty slot, the second to save meets a conflict. Errors: `not_found`.
   */
  load<T = unknown>(slot: string): Promise<Result<{ save: Save; data: T }>>
  /** The player's slots, without their data; the base of the next save of those not loaded or saved before. */
  list(page?: Page): Promise<Result<SaveList>>
  /** The versions of a slot, newest first, without their data. */
  history(slot: string, page?: Page): Promise<Result<SaveList>>
  /** Writes the data of an older version as a new one. Errors: as `save`, and `not_found`. */
  restore(slot: string, version: number): Promise<Result<{ save: Save }>>
  /** Deletes a slot for all devices; with `base_version` only when nobody has written since. A slot that is not there counts as deleted. */
  delete(slot: string, options?: { base_version?: number }): Promise<Result>
  /**
   * On: saves are kept on this device before they are sent, the newest per slot, and sent in order once that works.
   * `merge` settles conflicts of saves that wait across a restart.
   */
  enableAutoSync(enabled: boolean, options?: { merge?: Merge }): void
}

interface SavesParts {
  session: Session
  sessions: SessionStore
  store: Store
  lock: Lock
  backoff: Backoff
  onError: (error: AeThexError) => void
  onFault: (thrown: unknown) => void
}

/** Deleted before, or by the first try of this very call, whose answer was lost. */
const isGoneAnyway = (thrown: unknown) =>
  hasCode(thrown, 'not_found') ||
  (hasCode(thrown, 'save_conflict') && thrown.details.current?.save.deleted === true)

export function createSaves(parts: SavesParts): Saves & { close(): void } {
  const { session, sessions } = parts
  const events = createEmitter<SaveEvents>(parts.onFault)
  const writer = createSaveWriter(session)
  const inOrder = createSlotOrder()
  let mergeLater: Merge | undefined
  let queue: SaveQueue | undefined

  const openQueue = () =>
    createSaveQueue({
      ...parts,
      writer: {
        ...writer,
        write: (playerId, operation, merge = mergeLater, onRebased) =>
          writer.write(playerId, operation, merge, onRebased),
      },
      onSaved: save => events.emit('synced', save),
      onRefused(operation, error) {
        const heard =
          error.code === 'save_conflict' &&
          events.emit('conflict', operation.slot, operation.data, error)
        if (!heard) parts.onError(error)
      },
    })

  const slotOrderName = (playerId: string, slot: string) => `${playerId}/${slot}`

  async function save<T>(slot: string, data: T, options: SaveOptions<T>): Promise<{ save: Save }> {
    assertSlot(slot)
    const playerId = session.playerId()
    const made = { operation_id: uuidv7(), slot, data: snapshot(data) }
    const { metadata } = options
    const merge = options.merge as Merge | undefined
    const begin = (): SaveOperation => {
      const base_version = options.base_version ?? writer.seenVersion(playerId, slot)
      return {
        ...made,
        ...(base_version === undefined ? {} : { base_version }),
        ...(metadata === undefined ? {} : { metadata }),
      }
    }
    if (queue !== undefined) return { save: await queue.add(playerId, begin(), merge) }
    const write = () => writer.write(playerId, begin(), merge)
    return { save: await inOrder(slotOrderName(playerId, slot), write) }
  }

  async function read<T>(slot: string, version?: number): Promise<{ save: Save; data: T }> {
    assertSlot(slot)
    return session.request({ method: 'GET', path: path('saves', 'me', slot), query: { version } })
  }

  const stopListening = sessions.onChange(user => {
    if (user !== null) void queue?.flush()
  })

  return {
    on: events.on,
    save: (slot, data, options = {}) => attempt(() => save(slot, data, options)),
    load: <T>(slot: string) =>
      attempt(async () => {
        const playerId = session.playerId()
        await queue?.flush()
        try {
          const loaded = await read<T>(slot)
          writer.noteVersion(playerId, slot, loaded.save.version)
          return loaded
        } catch (thrown) {
          if (hasCode(thrown, 'not_found')) writer.noteVersion(playerId, slot, 0)
          throw thrown
        }
      }),
    list: (page = {}) =>
      attempt(async () => {
        const playerId = session.playerId()
        const call = { method: 'GET', path: '/saves/me', query: { ...page } } as const
        const listed = await session.request<SaveList>(call, playerId)
        for (const { save_id, version } of listed.items) {
          if (writer.seenVersion(playerId, save_id) === undefined) {
            writer.noteVersion(playerId, save_id, version)
          }
        }
        return listed
      }),
    history: (slot, page = {}) =>
      attempt(async () => {
        assertSlot(slot)
        const query = { save_id: slot, ...page }
        return session.request({ method: 'GET', path: '/saves/me/history', query })
      }),
    restore: (slot, version) =>
      attempt(async () => {
        const old = await read(slot, version)
        return save(slot, old.data, { metadata: old.save.metadata })
      }),
    delete: (slot, { base_version } = {}) =>
      attempt(async () => {
        assertSlot(slot)
        const playerId = session.playerId()
        const query = { base_version }
        queue?.drop(playerId, slot)
        const call = { method: 'DELETE', path: path('saves', 'me', slot), query } as const
        await inOrder(slotOrderName(playerId, slot), () => session.request(call, playerId)).catch(
          thrown => {
            if (!isGoneAnyway(thrown)) throw thrown
          },
        )
        writer.noteVersion(playerId, slot, undefined)
        return {}
      }),
    enableAutoSync(enabled, { merge } = {}) {
      mergeLater = merge
      if (!enabled) {
        queue?.close()
        queue = undefined
      } else if (queue === undefined) {
        queue = openQueue()
        void queue.flush()
      }
    },
    close() {
      queue?.close()
      stopListening()
      events.clear()
    },
  }
}
