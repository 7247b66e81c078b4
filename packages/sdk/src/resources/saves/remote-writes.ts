import { type AeThexError, asAeThexError } from '../../core/error.js'
import type { Session } from '../../core/session.js'
import type { DeviceCopy } from './device-copy.js'
import type { createSaveLists } from './list-saves.js'
import type { createSlotLoader } from './load-slot.js'
import type { RemoteWrite, SlotChange } from './saves.js'
import { mayPassLater } from './send-slot.js'
import type { SlotPlace } from './slot-place.js'
import { isDirty, workingContent } from './slot-record.js'
import type { SteadyStore } from './store/steady-store.js'
import type { Sync } from './sync.js'

interface WatchParts {
  copy: DeviceCopy
  session: Session
  store: SteadyStore
  loader: ReturnType<typeof createSlotLoader>
  lists: ReturnType<typeof createSaveLists>
  placeOf(playerId: string, slot: string): SlotPlace
  sync(): Sync | undefined
  onChanged(change: SlotChange): void
  onError(error: AeThexError): void
}

/** Hears what other devices and other tabs of the player write. */
export function createRemoteWatch(parts: WatchParts) {
  const { copy, session, store, onChanged } = parts
  const told = new Map<string, string | undefined>()

  /** Runs what nobody waits for; what fails because nobody can be reached comes up again with the next load. */
  function inBackground(work: () => Promise<void>): void {
    work().catch(thrown => {
      const error = asAeThexError(thrown)
      if (!mayPassLater(error)) parts.onError(error)
    })
  }

  async function hear({ save_id, version, deleted }: RemoteWrite): Promise<void> {
    const at = parts.placeOf(session.playerId(), save_id)
    const record = await at.read()
    // One of our own, or news that is old.
    if ((record.head.version ?? -1) >= version) return
    const sync = parts.sync()
    if (isDirty(record)) return sync?.wake()
    if (sync !== undefined && record.head.content !== null) await parts.loader.refresh(at, record)
    onChanged({ save_id, version, deleted, from: 'server' })
  }

  async function hearTab(message: string): Promise<void> {
    const [playerId, slot] = message.split('/')
    if (playerId !== session.playerId() || slot === undefined) return
    const record = await copy.read(playerId, slot)
    if (isDirty(record)) parts.sync()?.wakeForNeighbour()
    const content = workingContent(record)
    // Only what a game would load anew is news to it: not each step of sending.
    if (told.has(slot) && told.get(slot) === content?.id) return
    told.set(slot, content?.id)
    const version = isDirty(record) ? null : record.head.version
    onChanged({ save_id: slot, version, deleted: content === null, from: 'tab' })
  }

  const stop = store.onTold(message => inBackground(() => hearTab(message)))

  return {
    close: stop,
    onWrite(write: RemoteWrite): void {
      inBackground(async () => {
        if (write.player_id === undefined || write.player_id === session.playerId())
          await hear(write)
      })
    },
    onGap(): void {
      inBackground(async () => {
        const { items } = await parts.lists.fromServer(session.playerId(), {})
        for (const save of items) await hear(save)
      })
    },
  }
}
