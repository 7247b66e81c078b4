import { randomUUID } from 'node:crypto'
import { compileStateSchema } from '@aethex/sdk/state-schema'
import type { Redis } from '@aethex/shared/redis'
import { createRoom, RoomDefinition } from '@aethex/shared/rooms'
import { issueTicket } from '@aethex/shared/tickets'
import { decode, encode } from '@msgpack/msgpack'
import { z } from 'zod'
import { startBaseline } from '../baseline.js'
import type { Arrived, Ground } from './ground.js'
import { pin } from './pinning.js'
import { maskedFrame, opcodes, PlayerSocket } from './player-socket.js'

const serverCore = 0
const json = (value: unknown) => maskedFrame(opcodes.text, Buffer.from(JSON.stringify(value)))
const packed = (value: unknown) => maskedFrame(opcodes.binary, Buffer.from(encode(value)))
const StateUpdate = z.object({ player_id: z.string(), state: z.record(z.string(), z.unknown()) })

const Reply = z.object({ reply_to: z.int().optional() })
// Frames of several things answer nothing.
const replyIn = (payload: Buffer) => Reply.safeParse(JSON.parse(payload.toString())).data?.reply_to

const inJson = (payload: Buffer): Arrived[] => {
  const { player_id: sender, state } = StateUpdate.parse(JSON.parse(payload.toString()))
  return [{ sender, state }]
}

/** The shortest relay that one would write with ws. */
export async function openBareWs(): Promise<Ground> {
  const server = await startBaseline(new URL('bare-ws.ts', import.meta.url))
  pin(server.pid, serverCore)
  const dial = () => PlayerSocket.open(server.origin.replace('http', 'ws'), '')
  return {
    name: 'bare ws',
    pid: server.pid,
    tickMs: 0,
    async enter(roomId) {
      const player = await dial()
      player.say(json({ type: 'join_room', id: 1, room_id: roomId }))
      await player.until(payload => payload.includes('room_joined'))
      return player
    },
    stateFrame: state => json({ type: 'player_state_update', state }),
    countIn: () => 1,
    readIn: inJson,
    idle: dial,
    callable: {
      name: 'bare ws',
      dial,
      question: id => json({ type: 'call', id, data: { move: [1, 2] } }),
      answered: replyIn,
    },
    stop: server.stop,
  }
}

const Reservation = z.object({
  sessionId: z.string(),
  room: z.object({ roomId: z.string(), processId: z.string() }),
})
const noBytes = Buffer.alloc(0)
const nothing = async (): Promise<never> => {
  throw new Error('Colyseus has no connection without a room')
}
const joinRoom = 10
const roomData = 13
const kind = Buffer.from(encode('state'))

/** Colyseus, whose room broadcasts what members say. */
export async function openColyseus(): Promise<Ground> {
  const server = await startBaseline(new URL('colyseus-server.ts', import.meta.url))
  pin(server.pid, serverCore)
  return {
    name: 'Colyseus',
    pid: server.pid,
    tickMs: 0,
    async enter(slot, size) {
      const answer = await fetch(`${server.origin}/matchmake/joinOrCreate/arena`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ slot, size }),
      })
      const { room, sessionId } = Reservation.parse(await answer.json())
      const path = `${room.processId}/${room.roomId}?sessionId=${sessionId}`
      const player = await PlayerSocket.open(`${server.origin.replace('http', 'ws')}/${path}`, '')
      await player.until(payload => payload[0] === joinRoom)
      player.say(maskedFrame(opcodes.binary, Buffer.from([joinRoom])))
      return player
    },
    stateFrame(state) {
      const payload = [Buffer.from([roomData]), kind, Buffer.from(encode(state))]
      return maskedFrame(opcodes.binary, Buffer.concat(payload))
    },
    countIn: (bytes, from) => (bytes[from] === roomData ? 1 : 0),
    readIn(payload) {
      const [sender, state] = z
        .tuple([z.string(), z.record(z.string(), z.unknown())])
        .parse(decode(payload.subarray(1 + kind.length)))
      return [{ sender, state }]
    },
    idle: nothing,
    callable: {
      name: 'Colyseus',
      dial: nothing,
      question: () => noBytes,
      answered: () => undefined,
    },
    stop: server.stop,
  }
}

const statesHeader = 0xdc

const schema = {
  x: { type: 'number', min: 0, max: 4_096, step: 0.01 },
  y: { type: 'number', min: 0, max: 4_096, step: 0.01 },
  a: { type: 'number', min: 0, max: 6.29, step: 0.01 },
  w: { type: 'enum', values: ['bow', 'sword', 'staff'] },
  n: { type: 'int', min: 0, max: 1_000_000 },
  t: { type: 'number', min: 0, max: 100_000_000, step: 0.01 },
} as const
const packer = compileStateSchema(schema)

/** Our relay, spoken to in MessagePack by clients that have said hello. */
export async function openOurs(
  redis: Redis,
  redisUrl: string,
  tickMs: number,
  { isDeclared = false } = {},
): Promise<Ground> {
  const server = await startBaseline(new URL('our-relay.ts', import.meta.url), { redisUrl, tickMs })
  pin(server.pid, serverCore)
  const environmentId = randomUUID()
  const define = (roomId: string, definition: z.input<typeof RoomDefinition>) =>
    createRoom(redis, {
      environmentId,
      roomId,
      definition: RoomDefinition.parse(definition),
      isPrivate: false,
    })
  const dial = async (protocol = 'aethex.v1.msgpack') => {
    const ticket = await issueTicket(redis, {
      environment_id: environmentId,
      player_id: randomUUID(),
      username: 'bench',
      session_id: randomUUID(),
    })
    const url = `${server.origin.replace('http', 'ws')}/?ticket=${ticket}`
    return PlayerSocket.open(url, protocol)
  }
  return {
    name:
      tickMs === 0
        ? 'AeThex, at once'
        : `AeThex, ${tickMs} ms${isDeclared ? ', declared' : ' tick'}`,
    pid: server.pid,
    tickMs,
    async enter(roomId) {
      if (isDeclared) await define(roomId, { kind: 'relay', state_schema: schema })
      const player = await dial()
      player.say(packed({ type: 'hello' }))
      player.say(packed({ type: 'join_room', id: 1, room_id: roomId }))
      await player.until(payload => payload.includes('room_joined'))
      return player
    },
    stateFrame: state =>
      isDeclared
        ? packed(packer.pack({ ...state }))
        : packed({ type: 'player_state_update', state }),
    // The tick, then a ref and a change for each.
    countIn: (bytes, from) =>
      bytes[from] === statesHeader ? (bytes.readUInt16BE(from + 1) - 1) / 2 : 0,
    readIn(payload) {
      const content = decode(payload)
      if (!Array.isArray(content) || typeof content[0] !== 'number') return []
      const arrived: Arrived[] = []
      for (let at = 1; at + 1 < content.length; at += 2) {
        const state = content[at + 1]
        arrived.push({
          sender: content[at],
          state: state instanceof Uint8Array ? packer.unpack(state) : state,
        })
      }
      return arrived
    },
    idle: dial,
    callable: {
      name: `AeThex, a room's answer`,
      // Rooms of their own: the seats of those who asked before are still kept.
      async dial() {
        const roomId = `functions-${randomUUID()}`
        await define(roomId, { kind: 'functions' })
        const player = await dial('aethex.v1.json')
        player.say(json({ type: 'hello' }))
        player.say(json({ type: 'join_room', id: 1, room_id: roomId }))
        await player.until(payload => payload.includes('room_joined'))
        return player
      },
      question: id => json({ type: 'send_message', id, channel: 'room', data: { move: [1, 2] } }),
      answered: replyIn,
    },
    stop: server.stop,
  }
}
