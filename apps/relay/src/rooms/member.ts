import { randomBytes, randomInt } from 'node:crypto'
import type { Recipient } from '../delivery/recipient.js'
import { MessageLog } from './message-log.js'
import type { Tracked } from './state-table.js'
import { TakenIds } from './taken-ids.js'

/** A seat in a room, and who sits there. It outlives the socket for a while, if the client has said hello. */
export interface Member {
  readonly playerId: string
  readonly username: string
  /** What this member shows; its `ref` names the member in frames of states. */
  readonly shown: Tracked
  /** Undefined while the member is away. */
  recipient: Recipient | undefined
  /** Whoever comes back says it. */
  resumeToken: string
  /** Messages of the room up to this number came with the view. */
  fromSeq: number
  /** The same of what is told to this member alone. */
  fromOwnSeq: number
  /** The tick of the last states that were sent by the socket. */
  tick: number
  /** The tick of the last states that are known to have arrived. */
  arrivedTick: number
  /** What is told to this member alone. */
  readonly own: MessageLog
  /** The messages of this member that were taken. */
  readonly taken: TakenIds
  /** Names this seat in datagrams. */
  mark: number
  /** The count of the last state that came as a datagram. */
  lastDatagram: number
  /** When datagrams were last acknowledged, by `performance.now()`. */
  datagramsHeardAt: number
  /** Runs out when the seat is given up. */
  patience: NodeJS.Timeout | undefined
}

/** A new seat; nobody speaks there yet. */
export const newMember = (playerId: string, username: string, shown: Tracked): Member => ({
  playerId,
  username,
  shown,
  recipient: undefined,
  resumeToken: randomBytes(16).toString('base64url'),
  fromSeq: 0,
  fromOwnSeq: 0,
  tick: 0,
  arrivedTick: 0,
  own: new MessageLog(),
  taken: new TakenIds(),
  mark: randomInt(2 ** 32),
  lastDatagram: 0,
  datagramsHeardAt: Number.NEGATIVE_INFINITY,
  patience: undefined,
})

/** The member was shown the room up to this message and this tick. Whoever comes back counts datagrams anew. */
export function catchUp(member: Member, seq: number, tick: number): void {
  member.fromSeq = seq
  member.fromOwnSeq = member.own.seq
  member.tick = tick
  member.arrivedTick = tick
  member.lastDatagram = 0
  member.datagramsHeardAt = Number.NEGATIVE_INFINITY
}
