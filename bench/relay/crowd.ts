import { setTimeout as wait } from 'node:timers/promises'
import { countingCpu } from '../cpu.js'
import type { Sample } from '../load.js'
import { stateAt } from './game-state.js'
import type { Ground } from './ground.js'
import type { PlayerSocket } from './player-socket.js'

const statesPerSecond = 20
const everyMs = 1_000 / statesPerSecond
// Players are spread over the time between two states, those of one room most of all.
const slots = 10
const slotMs = everyMs / slots
const readOneIn = 31
const settleMs = 300
const joinsAtOnce = 50

export interface CrowdSample extends Sample {
  /** States that were due at other members. */
  due: number
  /** The share of them that arrived, or that a newer one of the same player took the place of. */
  covered: number
  bytes: number
}

interface Seat {
  player: PlayerSocket
  room: number
}

/** The last state of each sender that a watched player has seen. */
type Seen = Map<string | number, number>

/** Players in rooms of one size on one server, who send their states while a sample is taken. */
export class Crowd {
  private readonly bySlot: Seat[][] = Array.from({ length: slots }, () => [])
  private readonly counters = new Map<PlayerSocket, number>()
  /** One player of each room, whose frames are all read. */
  private readonly watched = new Map<PlayerSocket, Seen>()
  private delivered = 0
  private bytes = 0
  private sent = 0
  private frames = 0
  private coveredStates = 0
  private latenciesMs: number[] = []

  constructor(
    readonly ground: Ground,
    readonly size: number,
  ) {}

  get rooms(): number {
    return this.watched.size
  }

  async growTo(rooms: number): Promise<void> {
    const perTurn = Math.max(1, Math.floor(joinsAtOnce / this.size))
    while (this.rooms < rooms) {
      const count = Math.min(perTurn, rooms - this.rooms)
      const first = this.rooms
      await Promise.all(Array.from({ length: count }, (_, index) => this.addRoom(first + index)))
    }
  }

  /** The players of so many rooms send for `seconds`; counts what arrives, once it flows evenly. */
  async play(rooms: number, seconds: number): Promise<CrowdSample> {
    const stop = this.keepSending(rooms)
    await wait(settleMs)
    this.delivered = this.bytes = this.sent = this.coveredStates = 0
    this.latenciesMs = []
    const startedAt = performance.now()
    const sample = await countingCpu(this.ground.pid, async () => {
      await wait(seconds * 1_000)
      return {
        operations: this.delivered,
        seconds: (performance.now() - startedAt) / 1_000,
        latenciesMs: this.latenciesMs,
        due: this.sent * (this.size - 1),
        // Every watched player should have seen what the others of its room have sent.
        covered: this.coveredStates / Math.max(1, (this.sent * (this.size - 1)) / this.size),
        bytes: this.bytes,
      }
    })
    stop()
    await wait(settleMs)
    return sample
  }

  close(): void {
    for (const player of this.counters.keys()) player.close()
  }

  private async addRoom(number: number): Promise<void> {
    const roomId = `bench-${this.size}-${number}`
    const members: PlayerSocket[] = []
    for (let count = 0; count < this.size; count++) {
      members.push(await this.ground.enter(roomId, this.size))
    }
    const [first] = members
    if (first !== undefined) this.watched.set(first, new Map())
    for (const member of members) {
      this.counters.set(member, 0)
      const seen = this.watched.get(member)
      member.onFrame = (bytes, from, to) => this.take(bytes, from, to, seen)
      this.bySlot[(this.counters.size * 7) % slots]?.push({ player: member, room: number })
    }
  }

  private take(bytes: Buffer, from: number, to: number, seen: Seen | undefined): void {
    const { ground } = this
    this.delivered += ground.countIn(bytes, from, to)
    this.bytes += to - from
    this.frames += 1
    if (seen === undefined && this.frames % readOneIn !== 0) return
    const now = performance.now()
    for (const { sender, state } of ground.readIn(bytes.subarray(from, to))) {
      if (state.t === undefined || state.n === undefined) continue
      this.latenciesMs.push(now - state.t)
      if (seen === undefined) continue
      this.coveredStates += state.n - (seen.get(sender) ?? state.n - 1)
      seen.set(sender, state.n)
    }
  }

  private keepSending(rooms: number): () => void {
    const startedAt = performance.now()
    let turn = 0
    const timer = setInterval(() => {
      const due = Math.floor((performance.now() - startedAt) / slotMs)
      // A machine that cannot keep up leaves states out, as a game would.
      turn = Math.max(turn, due - slots)
      for (; turn < due; turn++) {
        for (const { player, room } of this.bySlot[turn % slots] ?? []) {
          if (room >= rooms) continue
          const n = (this.counters.get(player) ?? 0) + 1
          this.counters.set(player, n)
          player.say(this.ground.stateFrame(stateAt(n, performance.now())))
          this.sent += 1
        }
      }
    }, slotMs)
    return () => clearInterval(timer)
  }
}
