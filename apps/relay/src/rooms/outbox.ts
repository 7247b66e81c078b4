import type { StatePacker } from '@aethex/sdk/state-schema'
import { datagramKinds, writeDatagram } from '../datagrams/datagram.js'
import { type DatagramLine, mostDatagramBytes } from '../datagrams/datagram-server.js'
import type { ServerMessage } from '../protocol/messages.js'
import type { Member } from './member.js'
import type { StateChange, StateTable, Tracked } from './state-table.js'
import { changesOf, TickFrames, tickFrame } from './tick-frames.js'

/** Whoever has not acknowledged a datagram for so long gets states by the socket. */
const silenceMs = 2_000
/** States that may be lost are sent again after this, though nothing changes. */
const sureMs = 250

interface Due {
  message: ServerMessage
  /** The number in the room, or for one member alone that of its own. */
  seq: number
  only: Member | undefined
  except: Member | undefined
}

export interface OutboxParts {
  states: StateTable
  packer: StatePacker | undefined
  members(): Iterable<Member>
  tickMs: number
  /** Members are sent their own states too: the room decides what those are. */
  showsOwn: boolean
  /** Sees to it that `flush` is called again when the node is sure of the room. */
  isHeld(): boolean
  isSeenBy: ((member: Member, tracked: Tracked) => boolean) | undefined
  /** Milliseconds to wait before more may leave, after so many bytes have. */
  spend(bytes: number): number
}

/** What the member has up to, whichever way states go. What the socket carries may be overtaken by a datagram. */
const knownTick = ({ recipient, tick, arrivedTick }: Member) =>
  recipient?.datagrams?.isOpen ? arrivedTick : Math.max(tick, arrivedTick)

/**
 * What waits to leave a room. Within a tick everything due to a member leaves as one frame: messages in their order,
 * then the latest of every state. Members who have not said hello get theirs at once, one by one, past this.
 */
export class Outbox {
  private due: Due[] = []
  private timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  private restUntil = 0
  private readonly catchingUp = new WeakSet<Member>()
  private readonly seen = new WeakMap<Member, Set<number>>()
  private sureTimer: NodeJS.Timeout | undefined
  /** When the last tick ended, by `performance.now()`. */
  private tickedAt = performance.now()
  // Rooms that were opened together must not all leave together.
  private readonly phase: number

  constructor(private readonly parts: OutboxParts) {
    this.phase = Math.random() * parts.tickMs
  }

  add(due: Due): void {
    this.due.push(due)
    this.schedule()
  }

  schedule(): void {
    if (this.timer !== undefined) return
    const { tickMs } = this.parts
    const now = performance.now()
    const rest = Math.max(0, this.restUntil - now)
    const flush = () => {
      this.timer = undefined
      this.flush()
    }
    if (tickMs === 0 && rest === 0) this.timer = setImmediate(flush)
    else if (tickMs === 0) this.timer = setTimeout(flush, rest)
    else this.timer = setTimeout(flush, rest + tickMs - ((now + rest - this.phase) % tickMs))
  }

  stop(): void {
    clearTimeout(this.sureTimer)
    this.sureTimer = undefined
    if (this.timer === undefined) return
    if (this.parts.tickMs === 0) clearImmediate(this.timer as NodeJS.Immediate)
    clearTimeout(this.timer as NodeJS.Timeout)
    this.timer = undefined
  }

  /** Sends what is due now. */
  flush(): void {
    const { states, isHeld } = this.parts
    if (isHeld()) return
    this.stop()
    const due = this.due
    this.due = []
    const before = states.tick
    const { changed, gone } = states.advance(this.ticksPassed())
    const changes = changesOf(changed, tracked => states.changeSince(tracked, before))
    for (const ref of gone) changes.set(ref, null)
    const frames = new TickFrames(states.tick, changes, this.parts.packer)
    let bytes = 0
    let oldest = states.tick
    for (const member of this.parts.members()) {
      bytes += this.send(member, due, frames, before)
      oldest = Math.min(oldest, knownTick(member))
    }
    states.forgetGone(oldest)
    this.restUntil = performance.now() + this.parts.spend(bytes)
  }

  /** Ticks go with the time, also when nothing happens: whoever hears of one knows when it was. */
  private ticksPassed(): number {
    const { tickMs } = this.parts
    if (tickMs === 0) return 1
    const ticks = Math.max(1, Math.round((performance.now() - this.tickedAt) / tickMs))
    this.tickedAt += ticks * tickMs
    return ticks
  }

  /** What is left out of a member's frames; of no thing when nothing is. */
  private ownRef({ shown }: Member): number {
    return this.parts.showsOwn ? -1 : shown.ref
  }

  private send(member: Member, due: readonly Due[], frames: TickFrames, before: number): number {
    const { recipient } = member
    if (!recipient?.takesFrames) return 0
    const { codec } = recipient
    const messages = due
      .filter(({ only, except, seq }) =>
        only === undefined
          ? except !== member && seq > member.fromSeq
          : only === member && seq > member.fromOwnSeq,
      )
      .map(({ message }) => frames.part(codec, message))
    const line = recipient.datagrams
    const isSent = line !== undefined && this.sendDatagram(member, line, frames, before)
    const states = isSent || recipient.isBehind ? undefined : this.statesFor(member, frames, before)
    if (recipient.isBehind) this.tellWhenCaughtUp(member)
    const frame = tickFrame(codec, messages, states)
    if (frame === undefined) return 0
    recipient.deliver(frame, false)
    return frame.length
  }

  /**
   * States on the way where they may be lost: since what the member has acknowledged, so that the next frame makes up
   * for a lost one. False when the socket is the way.
   */
  private sendDatagram(
    member: Member,
    line: DatagramLine,
    frames: TickFrames,
    before: number,
  ): boolean {
    if (performance.now() - member.datagramsHeardAt > silenceMs || !line.isOpen) return false
    if (this.parts.isSeenBy !== undefined) return false
    const codec = member.recipient?.codec
    if (codec === undefined) return false
    const { states } = this.parts
    const pieces =
      member.arrivedTick === before
        ? frames.statesExcept(codec, this.ownRef(member))
        : frames.statesOf(codec, this.allChanges(member, member.arrivedTick))
    if (pieces === undefined) {
      member.arrivedTick = states.tick
      return true
    }
    this.makeSure()
    if (line.backlog > mostDatagramBytes) return true
    const head = { kind: datagramKinds.states, mark: member.mark, number: states.tick }
    const datagram = writeDatagram(head, pieces)
    if (datagram.length > mostDatagramBytes) return false
    line.send(datagram)
    return true
  }

  /** Looks again whether all has arrived, also when nothing moves any more. */
  private makeSure(): void {
    this.sureTimer ??= setTimeout(() => {
      this.sureTimer = undefined
      this.schedule()
    }, sureMs).unref()
  }

  private statesFor(member: Member, frames: TickFrames, before: number): Buffer[] | undefined {
    const { states, isSeenBy } = this.parts
    const since = Math.max(member.tick, member.arrivedTick)
    member.tick = states.tick
    const codec = member.recipient?.codec
    if (codec === undefined) return undefined
    if (isSeenBy !== undefined) return frames.statesOf(codec, this.seenChanges(member, since))
    if (since === before) return frames.statesExcept(codec, this.ownRef(member))
    return frames.statesOf(codec, this.allChanges(member, since))
  }

  private allChanges(member: Member, since: number): Map<number, StateChange> {
    const { states } = this.parts
    const changes = changesOf(states.all(), tracked => states.changeSince(tracked, since))
    for (const ref of states.goneSince(since)) changes.set(ref, null)
    changes.delete(this.ownRef(member))
    return changes
  }

  /** With a filter: what comes into sight is sent whole, what goes out of sight is gone. */
  private seenChanges(member: Member, since: number): Map<number, StateChange> {
    const { states, isSeenBy } = this.parts
    const before = this.seen.get(member) ?? new Set<number>()
    const now = new Set<number>()
    const own = this.ownRef(member)
    const changes = new Map<number, StateChange>()
    for (const tracked of states.all()) {
      if (!tracked.isShown || tracked.ref === own) continue
      // Everybody sees themselves.
      if (tracked !== member.shown && !isSeenBy?.(member, tracked)) continue
      now.add(tracked.ref)
      const change = before.has(tracked.ref)
        ? states.changeSince(tracked, since)
        : states.whole(tracked)
      if (change !== undefined) changes.set(tracked.ref, change)
    }
    for (const ref of before) if (!now.has(ref)) changes.set(ref, null)
    this.seen.set(member, now)
    return changes
  }

  /** The newest states reach a slow reader as soon as it can take them, also when nothing moves any more. */
  private tellWhenCaughtUp(member: Member): void {
    if (this.catchingUp.has(member)) return
    this.catchingUp.add(member)
    member.recipient?.onceCaughtUp(() => {
      this.catchingUp.delete(member)
      this.schedule()
    })
  }

  /** Forgets what a member has seen: it was shown everything anew. */
  forgetSeen(member: Member): void {
    this.seen.delete(member)
    this.catchingUp.delete(member)
  }
}
