import { asAeThexError } from '../../core/error.js'
import type { Session } from '../../core/session.js'
import type { components } from '../../generated/openapi.js'
import type { DeviceCopy } from './device-copy.js'
import type { Hands } from './hands.js'
import { localList, withLocal } from './local-save.js'
import type { LoadedFrom, LocalSave, Save } from './save.js'
import { mayPassLater } from './send-slot.js'
import { assertSlot } from './slots.js'

export interface Page {
  limit?: number
  cursor?: string
}

/** What a player is billed for, what lies in the store, and the limit, null without one; in bytes. */
export type SavesUsage = components['schemas']['SavesUsage']

/** Versions of a slot. */
export interface SaveList {
  items: Save[]
  next_cursor: string | null
}

/** A player's slots; those that wait on this device to be sent have `version: null`. */
export interface SlotList {
  items: (Save | LocalSave)[]
  next_cursor: string | null
  from: LoadedFrom
  /** What the player's saves take; null when only this device was asked. */
  usage: SavesUsage | null
}

interface ListParts {
  session: Session
  copy: DeviceCopy
  hands: Hands
}

export function createSaveLists({ session, copy, hands }: ListParts) {
  async function fromServer(playerId: string, page: Page) {
    const call = { method: 'GET', path: '/saves/me', query: { ...page } } as const
    const listed = await session.request<SaveList & { usage: SavesUsage }>(call, playerId)
    for (const { save_id, version } of listed.items) hands.noteListed(playerId, save_id, version)
    return listed
  }

  return {
    fromServer,
    /** The server's list with what waits here; where the server cannot be reached, this device's own. */
    async list(playerId: string, page: Page): Promise<SlotList> {
      const records = await copy.records(playerId)
      try {
        const { items, ...rest } = await fromServer(playerId, page)
        const isFirst = page.cursor === undefined
        return { items: withLocal(items, records, isFirst), ...rest, from: 'server' }
      } catch (thrown) {
        const hasOwn = page.cursor === undefined && records.length > 0
        if (!hasOwn || !mayPassLater(asAeThexError(thrown))) throw thrown
        return { items: localList(records), next_cursor: null, from: 'device', usage: null }
      }
    },
    history(slot: string, page: Page): Promise<SaveList> {
      assertSlot(slot)
      const query = { save_id: slot, ...page }
      return session.request({ method: 'GET', path: '/saves/me/history', query })
    },
  }
}
