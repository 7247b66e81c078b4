import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { countingCpu } from '../cpu.js'
import type { Sample } from '../load.js'
import { PlayerSocket } from './player-socket.js'

export const playersPerRoom = 8
const statesPerSecond = 20
const everyMs = 1_000 / statesPerSecond
// Players are spread over the time between two states, those of one room most of all.
const slots = 10
const slotMs = everyMs / slots
const readOneIn = 29
const settleMs = 250

/** A server that rooms can be opened on. */
export interface Ground {
  name: string
  pid: number | undefined
  /** Where the next player dials. */
  invite(): Promise<string>
}

export interface RelaySample extends Sample {
  /** States that were sent while it was counted; each is delivered to the seven others. */
  sent: number
  bytes: number
}

const Stamped = z.object({ state: z.object({ t: z.number() }) })

/** About 64 bytes of state, of which `t` says when it left. */
const stateText = (now: number) =>
  `{"type":"player_state_update","state":{"x":1234.56,"y":789.12,"a":1.571,"hp":87,"w":"bow","t":${now.toFixed(2)}}}`

/** Players in rooms of eight on one server, who send their states while a sample is taken. */
export class Crowd {
  private readonly bySlot: PlayerSocket[][] = Array.from({ length: slots }, () => [])
  private readonly all: PlayerSocket[] = []
  private delivered = 0
  private bytes = 0
  private sent = 0
  private latenciesMs: number[] = []

  readonly name: string

  constructor(private readonly ground: Ground) {
    this.name = ground.name
  }

  get rooms(): number {
    return this.all.length / playersPerRoom
  }

  async growTo(rooms: number): Promise<void> {
    while (this.rooms < rooms) await this.addRoom(`bench-${this.rooms}`)
  }

  /** Sends for `seconds` and counts what arrives, once it flows evenly. */
  async play(seconds: number): Promise<RelaySample> {
    const stop = this.keepSending()
    await wait(settleMs)
    this.delivered = this.bytes = this.sent = 0
    this.latenciesMs = []
    const startedAt = performance.now()
    const sample = await countingCpu(this.ground.pid, async () => {
      await wait(seconds * 1_000)
      return {
        operations: this.delivered,
        seconds: (performance.now() - startedAt) / 1_000,
        latenciesMs: this.latenciesMs,
        sent: this.sent,
        bytes: this.bytes,
      }
    })
    stop()
    await wait(settleMs)
    return sample
  }

  close(): void {
    for (const player of this.all) player.close()
  }

  private async addRoom(roomId: string): Promise<void> {
    const members = await Promise.all(
      Array.from({ length: playersPerRoom }, async () =>
        PlayerSocket.open(await this.ground.invite()),
      ),
    )
    await Promise.all(members.map(member => join(member, roomId)))
    for (const member of members) {
      member.onText = (bytes, from, to) => this.take(bytes, from, to)
      this.bySlot[(this.all.push(member) * 7) % slots]?.push(member)
    }
  }

  private take(bytes: Buffer, from: number, to: number): void {
    this.delivered += 1
    this.bytes += to - from
    if (this.delivered % readOneIn !== 0) return
    const { state } = Stamped.parse(JSON.parse(bytes.toString('utf8', from, to)))
    this.latenciesMs.push(performance.now() - state.t)
  }

  private keepSending(): () => void {
    const startedAt = performance.now()
    let turn = 0
    const timer = setInterval(() => {
      const due = Math.floor((performance.now() - startedAt) / slotMs)
      // A machine that cannot keep up leaves states out, as a game would.
      turn = Math.max(turn, due - slots)
      for (; turn < due; turn++) {
        const players = this.bySlot[turn % slots] ?? []
        const text = stateText(performance.now())
        for (const player of players) player.say(text)
        this.sent += players.length
      }
    }, slotMs)
    return () => clearInterval(timer)
  }
}

function join(player: PlayerSocket, roomId: string): Promise<void> {
  return new Promise(resolve => {
    player.onText = (bytes, from, to) => {
      if (bytes.toString('utf8', from, to).includes('"room_joined"')) resolve()
    }
    player.say(JSON.stringify({ type: 'join_room', id: 1, room_id: roomId }))
  })
}
