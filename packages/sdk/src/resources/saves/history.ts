import { AeThexError } from '../../core/error.js'
import { path } from '../../core/http.js'
import { attempt, type Result } from '../../core/result.js'
import type { Session } from '../../core/session.js'
import { uuidv7 } from '../../core/uuid.js'
import type { components } from '../../generated/openapi.js'
import { dataOf } from './content.js'
import type { Hands } from './hands.js'
import type { Save, Saved } from './save.js'
import type { SlotPlace } from './slot-place.js'
import { asSeen, isDirty } from './slot-record.js'
import type { SaveWire } from './wire.js'

/** What leads from one version to another: JSON Patch (RFC 6902) of a document, or the ranges of a file's bytes. */
export type SaveDifference = components['schemas']['SaveDifference']

/** The versions of a slot, which lie on the server alone: all of this needs the network. */
export interface SaveHistory {
  /**
   * Makes an older version the newest, as a new version; `load` gets it, and the next save is built on it. What waits
   * on this device goes first. Errors: `not_found`, `queued` while something waits that cannot be sent, and with
   * `base_version` (the version it is to be restored over) `save_conflict`.
   */
  restore(
    slot: string,
    version: number,
    options?: { base_version?: number },
  ): Promise<Result<Saved>>
  /** Brings a deleted slot back as it was. Errors: `not_found` when it is not deleted, or was too long ago; `queued`. */
  undelete(slot: string): Promise<Result<Saved>>
  /** An older version; the next save is not built on it. Errors: `not_found`. */
  loadVersion<T = unknown>(slot: string, version: number): Promise<Result<{ save: Save; data: T }>>
  /** Keeps a version for good, however the history is thinned. Errors: `not_found`, `too_many_pins`. */
  pin(slot: string, version: number): Promise<Result<{ save: Save }>>
  unpin(slot: string, version: number): Promise<Result<{ save: Save }>>
  /** What has changed from one version to another. Errors: `not_found`, `save_too_large`. */
  diff(slot: string, from: number, to: number): Promise<Result<SaveDifference>>
}

interface HistoryParts {
  session: Session
  wire: SaveWire
  hands: Hands
  placeNamed(slot: string): SlotPlace
  /** Sends what waits in a slot, as far as that works now. */
  settleBefore(at: SlotPlace): Promise<void>
}

/** Resolves when the server has all that this device has in a slot; throws `queued` when that cannot be. */
export async function settled(
  at: SlotPlace,
  settleBefore: (at: SlotPlace) => Promise<void>,
): Promise<void> {
  await settleBefore(at)
  if (!isDirty(await at.read())) return
  const message = `What waits on this device in ${at.slot} has to reach the server first.`
  throw new AeThexError('queued', message, { retryable: true })
}

const versionPath = (slot: string, version: number) =>
  path('saves', 'me', slot, 'versions', String(version))

export function createSaveHistory(parts: HistoryParts): SaveHistory {
  const { session, wire, hands, placeNamed } = parts

  /** A new version that the server has made by itself: it is what the game goes on from. */
  async function take(at: SlotPlace, save: Save): Promise<void> {
    const reading = await wire.read(at.playerId, at.slot, { version: save.version })
    if (reading.is !== 'found') return
    const record = await at.change(async (before, put) => {
      const isOld = (before.head.version ?? 0) > save.version
      if (isOld || isDirty(before)) return undefined
      const content = await put(reading.content)
      return asSeen({ ...before, head: { version: save.version, save: reading.save, content } })
    })
    hands.fallBack(at, record)
  }

  /** It is done when the server has said so; this device hears of it with the next load at the latest. */
  const ask = (slot: string, verb: 'restore' | 'undelete', body?: object) =>
    attempt(async (): Promise<Saved> => {
      const at = placeNamed(slot)
      await settled(at, parts.settleBefore)
      const { save } = await session.request<{ save: Save }>(
        { method: 'POST', path: path('saves', 'me', slot, verb), body, operationId: uuidv7() },
        at.playerId,
      )
      await take(at, save).catch(() => {})
      return { synced: true, save }
    })

  const change = (method: 'PUT' | 'DELETE', slot: string, version: number) =>
    attempt(async () => {
      const { playerId } = placeNamed(slot)
      const call = { method, path: `${versionPath(slot, version)}/pin` }
      return session.request<{ save: Save }>(call, playerId)
    })

  return {
    restore: (slot, version, { base_version } = {}) =>
      ask(slot, 'restore', { version, base_version }),
    undelete: slot => ask(slot, 'undelete'),
    loadVersion: <T>(slot: string, version: number) =>
      attempt(async () => {
        const { playerId } = placeNamed(slot)
        const reading = await wire.read(playerId, slot, { version })
        if (reading.is === 'gone') throw reading.error
        if (reading.is === 'same') throw new AeThexError('sdk_failure', 'Nothing was asked for.')
        // Nothing checks that it is a T: the game knows what it has saved.
        return { save: reading.save, data: dataOf(reading.content) as T }
      }),
    pin: (slot, version) => change('PUT', slot, version),
    unpin: (slot, version) => change('DELETE', slot, version),
    diff: (slot, from, to) =>
      attempt(async () => {
        const { playerId } = placeNamed(slot)
        const call = {
          method: 'GET',
          path: path('saves', 'me', slot, 'diff'),
          query: { from, to },
        } as const
        return session.request<SaveDifference>(call, playerId)
      }),
  }
}
