import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { type ChosenStatus, notePresence, renewPresences } from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'
import type { Recipient } from '../delivery/recipient.js'
import type { Tuning } from '../tuning.js'
import type { RoomView } from './room-view.js'

/** A player who has sockets on this node, or had some a moment ago. */
interface Own {
  environmentId: string
  playerId: string
  sockets: Set<Recipient>
  chosen: { value: ChosenStatus; at: number | 'new' } | undefined
  /** What was told of the room the player is in. */
  roomId: string | null
  /** What is known here is not what Redis knows. */
  isStale: boolean
  writing: Promise<void> | undefined
  nextWriteAt: number
  timer: NodeJS.Timeout | undefined
  leaving: NodeJS.Timeout | undefined
}

/** A player who changes their status all the time costs their friends no more than this. */
const writeEveryMs = 500

export interface OwnPlayersOptions {
  redis: Redis
  nodeId: string
  roomOf: RoomView
  tuning: Tuning
  log: Logger
}

/**
 * Tells Redis of the players whose sockets this node has, and goes on telling it: whatever is not repeated runs out,
 * so a node that dies takes its players with it, and a Redis that forgot everything learns it again.
 */
export class OwnPlayers implements Closable {
  private readonly players = new Map<string, Own>()
  private readonly timers: NodeJS.Timeout[]
  private isClosed = false

  constructor(private readonly options: OwnPlayersOptions) {
    const { presenceRenewMs, presenceRoomsMs } = options.tuning
    this.timers = [
      setInterval(() => void this.renew(), presenceRenewMs),
      setInterval(() => this.lookForRooms(), presenceRoomsMs),
    ]
  }

  add(recipient: Recipient): void {
    const { environment_id: environmentId, player_id: playerId } = recipient.holder
    const key = keyOf(recipient)
    const own = this.players.get(key) ?? newcomer(environmentId, playerId)
    this.players.set(key, own)
    clearTimeout(own.leaving)
    own.leaving = undefined
    own.sockets.add(recipient)
    if (own.isStale) this.writeSoon(own)
  }

  remove(recipient: Recipient): void {
    const own = this.players.get(keyOf(recipient))
    if (!own?.sockets.delete(recipient) || own.sockets.size > 0 || this.isClosed) return
    // Whoever comes back at once was never gone.
    own.leaving = setTimeout(() => void this.dismiss(own), this.options.tuning.presenceGraceMs)
  }

  /** What the player shows from now on, on all of their sockets. */
  choose(recipient: Recipient, value: ChosenStatus): void {
    const own = this.players.get(keyOf(recipient))
    if (own === undefined) return
    own.chosen = { value, at: 'new' }
    own.roomId = this.roomShownBy(own)
    own.isStale = true
    this.writeSoon(own)
  }

  /** Players whose clients dial other nodes now are believed to be there for a last short while. */
  async close(): Promise<void> {
    this.isClosed = true
    for (const timer of this.timers) clearInterval(timer)
    const { presenceGraceMs } = this.options.tuning
    const last = [...this.players.values()].map(async own => {
      clearTimeout(own.timer)
      clearTimeout(own.leaving)
      await own.writing
      await this.note(own, presenceGraceMs)
    })
    await Promise.allSettled(last)
  }

  private async dismiss(own: Own): Promise<void> {
    clearTimeout(own.timer)
    this.players.delete(`${own.environmentId}:${own.playerId}`)
    await own.writing
    // Back while the last thing was being written: then somebody else tells of the player.
    if (this.players.has(`${own.environmentId}:${own.playerId}`)) return
    await this.note(own, 0).catch(error =>
      this.options.log.debug({ err: error }, 'a presence is left to run out'),
    )
  }

  private writeSoon(own: Own): void {
    if (own.timer !== undefined || this.isClosed) return
    own.timer = setTimeout(
      () => {
        own.timer = undefined
        if (own.chosen?.at === 'new') own.nextWriteAt = performance.now() + writeEveryMs
        const before = own.writing
        const writing = (async () => {
          await before
          await this.write(own)
        })()
        own.writing = writing
        void writing.finally(() => {
          if (own.writing === writing) own.writing = undefined
        })
      },
      Math.max(0, own.nextWriteAt - performance.now()),
    )
  }

  /** Never rejects; what was not written is tried again with the next renewal. */
  private async write(own: Own): Promise<void> {
    if (own.sockets.size === 0) return
    own.isStale = false
    const { chosen } = own
    try {
      const { record } = await this.note(own, this.options.tuning.presenceLeaseMs)
      // Chosen meanwhile: that is newer.
      if (own.chosen !== chosen) return
      own.chosen =
        record.chosen === undefined ? undefined : { value: record.chosen, at: record.chosenAt }
    } catch (error) {
      own.isStale = true
      this.options.log.debug({ err: error }, 'a presence is written later')
    }
  }

  private note({ environmentId, playerId, roomId, chosen }: Own, leaseMs: number) {
    const { redis, nodeId } = this.options
    return notePresence(redis, { environmentId, playerId, nodeId, leaseMs, roomId, chosen })
  }

  private async renew(): Promise<void> {
    const { redis, nodeId, tuning, log } = this.options
    const all = [...this.players.values()]
    try {
      const unknown = await renewPresences(redis, nodeId, tuning.presenceLeaseMs, all)
      for (const place of unknown) {
        const own = all[place]
        if (own !== undefined) own.isStale = true
      }
    } catch (error) {
      log.debug({ err: error }, 'presences are renewed later')
    }
    for (const own of all) if (own.isStale) this.writeSoon(own)
  }

  private lookForRooms(): void {
    for (const own of this.players.values()) {
      if (own.chosen?.value.show_room !== true || own.sockets.size === 0) continue
      const roomId = this.roomShownBy(own)
      if (roomId === own.roomId) continue
      own.roomId = roomId
      own.isStale = true
      this.writeSoon(own)
    }
  }

  private roomShownBy({ chosen, sockets }: Own): string | null {
    if (chosen?.value.show_room !== true) return null
    for (const socket of sockets) {
      const room = this.options.roomOf(socket)
      if (room !== undefined) return room.roomId
    }
    return null
  }
}

const keyOf = ({ holder }: Recipient) => `${holder.environment_id}:${holder.player_id}`

const newcomer = (environmentId: string, playerId: string): Own => ({
  environmentId,
  playerId,
  sockets: new Set(),
  chosen: undefined,
  roomId: null,
  isStale: true,
  writing: undefined,
  nextWriteAt: 0,
  timer: undefined,
  leaving: undefined,
})
