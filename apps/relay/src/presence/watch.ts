import { offline, type Presence } from '@aethex/shared/presence'
import type { Recipient } from '../delivery/recipient.js'
import type { CircleDesk } from './circle-desk.js'
import type { RoomView } from './room-view.js'
import type { Sightings } from './sightings.js'

export interface WatchParts {
  circles: CircleDesk
  sightings: Sightings
  roomOf: RoomView
  /** Changes within this leave together, and only the latest of each player. */
  coalesceMs: number
}

export interface WatchWish {
  friends: boolean
  room: boolean
}

/** A client waits no longer than this for friends whom nobody can name; they come as updates then. */
const patienceMs = 1_500

const isShown = ({ status, last_seen_at }: Presence) =>
  status !== 'offline' || last_seen_at !== null

/** Whom one socket watches, and what it was told of them. */
export class Watch {
  private wish: WatchWish = { friends: false, room: false }
  private targets = new Set<string>()
  private readonly told = new Map<string, string>()
  private readonly pending = new Set<string>()
  private timer: NodeJS.Timeout | undefined
  private isOver = false
  /** Snapshots being made: what is told meanwhile stands in them. */
  private beginnings = 0
  private waitsForReader = false
  private readonly environmentId: string
  private readonly playerId: string

  constructor(
    private readonly recipient: Recipient,
    private readonly parts: WatchParts,
  ) {
    this.environmentId = recipient.holder.environment_id
    this.playerId = recipient.holder.player_id
    parts.circles.follow(this.environmentId, this.playerId, this.onCircle)
  }

  /** Watches from now on whom the wish names. Answers everybody who is there, or was before; undefined once it is over. */
  async begin(wish: WatchWish): Promise<(Presence & { player_id: string })[] | undefined> {
    this.wish = wish
    this.beginnings++
    await this.untilCircle()
    this.retarget()
    await Promise.race([this.untilSeen(), pause(patienceMs)])
    this.beginnings--
    if (this.isOver) return undefined
    this.told.clear()
    this.pending.clear()
    const players = []
    for (const id of this.targets) {
      const presence = this.parts.sightings.of(this.environmentId, id)
      this.told.set(id, JSON.stringify(presence))
      if (isShown(presence)) players.push({ player_id: id, ...presence })
    }
    return players
  }

  /** Looks who is in the room now. */
  lookAround(): void {
    if (this.wish.room) this.retarget()
  }

  end(): void {
    this.isOver = true
    clearTimeout(this.timer)
    const { circles, sightings } = this.parts
    circles.unfollow(this.environmentId, this.playerId, this.onCircle)
    for (const id of this.targets) sightings.unwatch(this.environmentId, id, this.onSeen)
    this.targets.clear()
  }

  private tellCircle = () => {}
  private readonly onCircle = () => {
    this.tellCircle()
    this.retarget()
  }
  private readonly onSeen = (playerId: string) => this.tellSoon(playerId)

  private async untilCircle(): Promise<void> {
    if (this.parts.circles.of(this.environmentId, this.playerId) !== undefined) return
    const circle = new Promise<void>(resolve => {
      this.tellCircle = resolve
    })
    await Promise.race([circle, pause(patienceMs)])
  }

  /** Nobody whose circle is unknown sees anybody: they might be looking at somebody who blocks them. */
  private wanted(): Set<string> {
    const circle = this.parts.circles.of(this.environmentId, this.playerId)
    if (circle === undefined || this.isOver) return new Set()
    const wanted = new Set(this.wish.friends ? circle.friends : [])
    if (this.wish.room) {
      const members = this.parts.roomOf(this.recipient)?.members ?? []
      for (const { playerId } of members) wanted.add(playerId)
    }
    for (const id of circle.apart) wanted.delete(id)
    wanted.delete(this.playerId)
    return wanted
  }

  private async untilSeen(): Promise<void> {
    const { sightings } = this.parts
    await Promise.all(Array.from(this.targets, id => sightings.known(this.environmentId, id)))
  }

  private retarget(): void {
    const { sightings } = this.parts
    const before = this.targets
    const wanted = this.wanted()
    this.targets = wanted
    for (const id of before) {
      if (wanted.has(id)) continue
      sightings.unwatch(this.environmentId, id, this.onSeen)
      this.tellSoon(id)
    }
    for (const id of wanted) {
      if (before.has(id)) continue
      sightings.watch(this.environmentId, id, this.onSeen)
      // Somebody else watched them before: then nothing has changed that would be told.
      this.tellSoon(id)
    }
  }

  private tellSoon(playerId: string): void {
    this.pending.add(playerId)
    if (!this.isOver) this.timer ??= setTimeout(this.tell, this.parts.coalesceMs)
  }

  private readonly tell = () => {
    this.timer = undefined
    if (this.isOver || this.beginnings > 0 || this.waitsForReader) return
    if (this.recipient.isBehind) {
      // What changes until then takes the place of what waits.
      this.waitsForReader = true
      this.recipient.onceCaughtUp(() => {
        this.waitsForReader = false
        this.tell()
      })
      return
    }
    for (const id of this.pending) {
      const isTarget = this.targets.has(id)
      const presence = isTarget ? this.parts.sightings.of(this.environmentId, id) : offline
      const text = JSON.stringify(presence)
      const before = this.told.get(id) ?? JSON.stringify(offline)
      if (isTarget) this.told.set(id, text)
      else this.told.delete(id)
      if (text !== before) {
        this.recipient.send({ type: 'presence_update', player_id: id, ...presence })
      }
    }
    this.pending.clear()
  }
}

const pause = (ms: number) =>
  new Promise<void>(resolve => {
    setTimeout(resolve, ms).unref()
  })
