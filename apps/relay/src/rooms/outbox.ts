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
/** While this waits to leave nobody may say more. */
const mostWaitingBytes = 1024 * 1024

interface Due {
  message: ServerMessage
  /** The number in the room, or for one member alone that of its own. */
  seq: number
  only: Member | undefined
  except: Member | undefined
  /** About what it takes. */
  bytes: number
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

const hearsDatagrams = ({ recipient, datagramsHeardAt }: Member) =>
  recipient?.datagrams?.isOpen === true && performance.now() - datagramsHeardAt <= silenceMs

/**
 * What the member has up to, whichever way states go. What the socket carries may be overtaken by a datagram. Whoever is
 * away is shown everything when it comes back, and those who have not said hello know no ticks.
 */
function knownTick(member: Member): number {
  const { recipient, tick, arrivedTick } = member
  if (recipient?.takesFrames !== true) return Number.POSITIVE_INFINITY
  return hearsDatagrams(member) ? arrivedTick : Math.max(tick, arrivedTick)
}

/**
 * What waits to leave a room. Within a tick everything due to a member leaves as one frame: messages in their order,
 * then the latest of every state. Members who have not said hello get theirs at once, one by one, past this.
 */
export class Outbox {
  private due: Due[] = []
  private waitingBytes = 0
  private cancel: (() => void) | undefined
  private restUntil = 0
  private readonly catchingUp = new WeakSet<Member>()
  private readonly seen = new WeakMap<Member, Set<number>>()
  /** What was too big to stand in what a member was shown of the room: it comes one by one. */
  private readonly lacking = new WeakMap<Member, Set<Tracked>>()
  private sureTimer: NodeJS.Timeout | undefined
  /** When the last tick ended, by `performance.now()`. */
  private tickedAt = performance.now()
  // Rooms that were opened together must not all leave together.
  private readonly phase: number

  constructor(private readonly parts: OutboxParts) {
    this.phase = Math.random() * parts.tickMs
  }

  get isFull(): boolean {
    return this.waitingBytes > mostWaitingBytes
  }

  add(due: Due): void {
    this.due.push(due)
    this.waitingBytes += due.bytes
    this.schedule()
  }

  schedule(): void {
    if (this.cancel !== undefined) return
    const { tickMs } = this.parts
    const now = performance.now()
    const rest = Math.max(0, this.restUntil - now)
    const flush = () => {
      this.cancel = undefined
      this.flush()
    }
    if (tickMs === 0 && rest === 0) {
      const immediate = setImmediate(flush)
      this.cancel = () => clearImmediate(immediate)
      return
    }
    const ms = tickMs === 0 ? rest : rest + tickMs - ((now + rest - this.phase) % tickMs)
    const timer = setTimeout(flush, ms)
    this.cancel = () => clearTimeout(timer)
  }

  stop(): void {
    clearTimeout(this.sureTimer)
    this.sureTimer = undefined
    this.cancel?.()
    this.cancel = undefined
  }

  /** Sends what is due now. */
  flush(): void {
    const { states, isHeld } = this.parts
    if (isHeld()) return
    this.stop()
    const due = this.due
    this.due = []
    this.waitingBytes = 0
    const before = states.tick
    const { changed, gone } = states.advance(this.ticksPassed())
    const changes = changesOf(gone, changed, tracked => states.changeSince(tracked, before))
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
    if (!hearsDatagrams(member) || this.parts.isSeenBy !== undefined) return false
    if (this.lacking.has(member)) return false
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
    const lacking = this.lacking.get(member)
    if (lacking !== undefined) {
      const changes = this.allChanges(member, since)
      this.showLacking(member, lacking, changes)
      return frames.statesOf(codec, changes)
    }
    if (since === before) return frames.statesExcept(codec, this.ownRef(member))
    return frames.statesOf(codec, this.allChanges(member, since))
  }

  /** One at a time: all big states of a full room at once are more than a reader may have waiting. */
  private showLacking(
    member: Member,
    lacking: Set<Tracked>,
    changes: Map<number, StateChange>,
  ): void {
    const { states } = this.parts
    const [next] = [...lacking].filter(tracked => states.get(tracked.ref) === tracked)
    if (next !== undefined) lacking.delete(next)
    // Of the others a part would look like all.
    for (const { ref } of lacking) changes.delete(ref)
    if (next === undefined) this.lacking.delete(member)
    else {
      changes.set(next.ref, states.whole(next))
      this.schedule()
    }
  }

  private allChanges(member: Member, since: number): Map<number, StateChange> {
    const { states } = this.parts
    const gone = states.goneSince(since)
    const changes = changesOf(gone, states.all(), tracked => states.changeSince(tracked, since))
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
    this.seen.set(member, now)
    const gone = [...before].filter(ref => !now.has(ref))
    return new Map([...gone.map(ref => [ref, null] as const), ...changes])
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

  /** The member is shown everything anew that it may see, but for what is too big. */
  begin(member: Member): void {
    const { states, isSeenBy } = this.parts
    this.catchingUp.delete(member)
    this.lacking.delete(member)
    const own = this.ownRef(member)
    const seen = new Set<number>()
    const lacking = new Set<Tracked>()
    for (const tracked of states.all()) {
      if (!tracked.isShown || tracked.ref === own) continue
      if (isSeenBy !== undefined) {
        const isSeen = tracked === member.shown || isSeenBy(member, tracked)
        if (isSeen && !tracked.isLarge) seen.add(tracked.ref)
      } else if (tracked.isLarge) lacking.add(tracked)
    }
    if (isSeenBy !== undefined) this.seen.set(member, seen)
    if (lacking.size === 0) return
    this.lacking.set(member, lacking)
    this.schedule()
  }
}
