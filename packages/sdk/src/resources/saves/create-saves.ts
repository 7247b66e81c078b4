import type { Backoff } from '../../core/backoff.js'
import { createEmitter } from '../../core/emitter.js'
import { AeThexError } from '../../core/error.js'
import type { Http } from '../../core/http.js'
import { attempt } from '../../core/result.js'
import type { Session } from '../../core/session.js'
import type { SessionStore } from '../../core/session-store.js'
import { within } from '../../core/timer.js'
import { assertAccepted } from '../../values/accepted.js'
import { type ConflictChoice, type ConflictPolicy, describe } from './conflict.js'
import { contentOf, unnamedType } from './content.js'
import { createDeviceCopy } from './device-copy.js'
import { createHands } from './hands.js'
import { createSaveHistory } from './history.js'
import { createSaveLists } from './list-saves.js'
import { createSlotLoader } from './load-slot.js'
import { localSaveOf } from './local-save.js'
import { createMeeting } from './meet-conflict.js'
import { createRemoteWatch } from './remote-writes.js'
import type { Saved } from './save.js'
import type { RemoteWrite, SaveEvents, SaveOptions, Saves, SavesOptions } from './saves.js'
import { createSlotSender } from './send-slot.js'
import { createPlaces, type SlotParts, type SlotPlace, type Stuck } from './slot-place.js'
import { isDirty } from './slot-record.js'
import { assertSlot } from './slots.js'
import type { SaveStore } from './store/save-store.js'
import { createSteadyStore } from './store/steady-store.js'
import { createSync, type Sync } from './sync.js'
import { createSaveThumbnails } from './thumbnails.js'
import type { TransferOptions } from './transfer.js'
import { createSaveFiles } from './transfer-files.js'
import { largestWhole } from './transfer-upload.js'
import { createTransfers } from './transfers.js'
import { createWaiters } from './waiters.js'
import { createSaveWire } from './wire.js'
import { createSlotWriter, type Done, type Wish } from './write-slot.js'

interface SavesParts {
  session: Session
  http: Http
  sessions: SessionStore
  backoff: Backoff
  /** Of this device. */
  store: SaveStore
  options: SavesOptions
  onError: (error: AeThexError) => void
  onFault: (thrown: unknown) => void
}

const defaultDelayMs = 1_000
/** For what waits here, before a load shows it: a conflict had better be settled first. */
const patienceMs = 4_000

/** The saves of a cloud. */
export interface SavesOfCloud extends Saves {
  /** Another device has written: a copy that nobody has changed here is brought up to date. */
  onRemoteWrite(write: RemoteWrite): void
  /** Such news may have been missed. */
  onRemoteGap(): void
  close(): void
}

export function createSaves(parts: SavesParts): SavesOfCloud {
  const { session, sessions, options, onError } = parts
  const events = createEmitter<SaveEvents>(parts.onFault)
  const store = createSteadyStore(parts.store, onError)
  const copy = createDeviceCopy(store)
  const transfers = createTransfers({
    ...{ session, http: parts.http, store, direct: options.directUploads ?? false },
    onProgress: (slot, progress) => events.emit('progress', slot, progress),
    onFault: parts.onFault,
  })
  const wire = createSaveWire(session, transfers)
  const hands = createHands()
  const waiters = createWaiters()
  const placeOf = createPlaces(copy)
  let policy: ConflictPolicy = options
  let sync: Sync | undefined

  const slotParts: SlotParts = {
    copy,
    wire,
    placeOf,
    listener: {
      policyFor({ operation_id }) {
        const merge = waiters.mergeOf(operation_id)
        return merge === undefined ? policy : { ...policy, merge }
      },
      transferFor: ({ operation_id }) => waiters.transferOf(operation_id),
      onSent({ operation_id }, { save }) {
        const isAwaited = waiters.resolve(operation_id, save)
        if (!isAwaited && save !== undefined) events.emit('synced', save)
      },
      onReplaced: (old, next) => waiters.move(old.operation_id, next.operation_id),
      onChanged(at, record) {
        hands.fallBack(at, record)
        const { version, save } = record.head
        events.emit('changed', {
          save_id: at.slot,
          version,
          deleted: save === null,
          from: 'server',
        })
      },
    },
  }
  const { decide } = createMeeting(slotParts)
  const send = createSlotSender(slotParts)
  const loader = createSlotLoader({ copy, wire, hands })
  const lists = createSaveLists({ session, copy, hands })
  const writer = createSlotWriter({ copy, hands, waiters, send, policy: () => policy, ask })

  async function choose(stuck: Stuck, by: ConflictPolicy): Promise<ConflictChoice | undefined> {
    return stuck.sides && by.onConflict?.(describe(stuck.sides, by.rules))
  }

  async function ask(stuck: Stuck, by: ConflictPolicy): Promise<boolean> {
    const choice = await choose(stuck, by)
    if (choice !== undefined) await decide(stuck, choice, by)
    return choice !== undefined
  }

  async function onStuck(stuck: Stuck): Promise<ConflictChoice | undefined> {
    const choice = await choose(stuck, policy)
    if (choice !== undefined) return choice
    const { at, error, sides } = stuck
    const conflict = sides && describe(sides, policy.rules)
    const isHeard = conflict
      ? events.emit('conflict', at.slot, conflict.mine.data, error, conflict)
      : events.emit('refused', at.slot, error)
    if (!isHeard) onError(error)
    return undefined
  }

  const openSync = () =>
    createSync({
      copy,
      sessions,
      backoff: parts.backoff,
      delayMs: options.delayMs ?? defaultDelayMs,
      placeOf,
      send,
      decide,
      policy: () => policy,
      onStuck,
      onError,
    })

  const placeNamed = (slot: string): SlotPlace => {
    assertSlot(slot)
    return placeOf(session.playerId(), slot)
  }

  const write = (at: SlotPlace, wish: Wish): Promise<Done> =>
    sync === undefined ? writer.writeDirectly(at, wish) : writer.writeLocally(at, wish, sync.wake)

  async function keep(at: SlotPlace, wish: Wish): Promise<Saved> {
    const done = await write(at, wish)
    if (!done.synced) return { synced: false, save: localSaveOf(at.slot, done.operation) }
    if (done.save !== undefined) return { synced: true, save: done.save }
    throw new AeThexError('not_found', 'The slot was deleted right after.')
  }

  async function save<T>(slot: string, data: T, given: SaveOptions<T>): Promise<Saved> {
    const at = placeNamed(slot)
    const { base_version, merge, content_type, onProgress, signal, ...told } = given
    const { device, platform } = options
    const facts = { ...(device && { device }), ...(platform && { platform }), ...told }
    assertAccepted(facts)
    const transfer = { ...(onProgress && { onProgress }), ...(signal && { signal }) }
    const isFile = data instanceof Blob
    const type = content_type ?? (isFile && data.type !== '' ? data.type : undefined)
    if (isFile && data.size > largestWhole) {
      const wish = { file: data, content_type: type ?? unnamedType, facts, base_version }
      return files.save(at, { ...wish, ...transfer })
    }
    return keep(at, {
      content: contentOf(isFile ? await data.arrayBuffer() : data, type),
      facts,
      base_version,
      transfer,
      // Nothing checks that what the server has is a T.
      merge: merge as ConflictPolicy['merge'],
    })
  }

  /** What waits in a slot goes first, so that a load does not show what is about to change. */
  async function settleBefore(at: SlotPlace): Promise<void> {
    if (!isDirty(await at.read())) return
    if (sync === undefined) {
      const stuck = await send(at)
      // Its caller was told that it failed.
      if (stuck !== undefined) await at.change(record => ({ ...record, operations: [] }))
      return
    }
    const late = () => new AeThexError('timed_out', 'The server is slow.')
    await within(patienceMs, sync.flush(), late).catch(() => {})
  }

  const files = createSaveFiles({
    ...{ copy, wire, hands, transfers, placeNamed, settleBefore },
    policy: () => policy,
    whenUnknown: () => (sync === undefined ? null : 0),
    onChanged: ({ slot }, { version, deleted }) =>
      events.emit('changed', { save_id: slot, version, deleted, from: 'server' }),
  })

  const watch = createRemoteWatch({
    ...{ copy, session, store, loader, lists, placeOf, sync: () => sync, onError },
    onChanged: change => events.emit('changed', change),
  })
  if (options.autoSync !== false) sync = openSync()

  return {
    on: events.on,
    save: (slot, data, given = {}) => attempt(() => save(slot, data, given)),
    load: <T>(slot: string, transfer: TransferOptions = {}) =>
      attempt(async () => {
        const at = placeNamed(slot)
        await settleBefore(at)
        return sync === undefined
          ? loader.loadFromServer<T>(at, transfer)
          : loader.loadNewest<T>(at, transfer)
      }),
    list: (page = {}) =>
      attempt(async () => {
        const playerId = session.playerId()
        if (sync !== undefined) return lists.list(playerId, page)
        return { ...(await lists.fromServer(playerId, page)), from: 'server' as const }
      }),
    history: (slot, page = {}) => attempt(async () => lists.history(slot, page)),
    ...createSaveHistory({ session, wire, hands, placeNamed, settleBefore }),
    ...createSaveThumbnails({ session, placeNamed, settleBefore }),
    loadFile: files.loadFile,
    delete: (slot, { base_version } = {}) =>
      attempt(async () => {
        const done = await write(placeNamed(slot), { content: null, facts: {}, base_version })
        return { synced: done.synced }
      }),
    flush: () => attempt(async () => ({ pending: (await sync?.flush()) ?? 0 })),
    enableAutoSync(enabled, given) {
      if (given !== undefined) policy = given
      if (enabled) sync ??= openSync()
      else {
        sync?.close()
        sync = undefined
      }
    },
    conflicts: () =>
      (sync?.stuck() ?? []).flatMap(({ sides }) => (sides ? describe(sides, policy.rules) : [])),
    resolve: (slot, choice) =>
      attempt(async () => {
        assertSlot(slot)
        const isDecided = await sync?.decide(slot, choice)
        if (!isDecided) throw new AeThexError('not_found', 'The slot has no open conflict.')
        return {}
      }),
    onRemoteWrite: watch.onWrite,
    onRemoteGap: watch.onGap,
    close() {
      sync?.close()
      watch.close()
      store.close()
      events.clear()
    },
  }
}
