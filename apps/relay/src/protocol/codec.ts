import { Problem } from '@aethex/shared/errors'
import { parseStrictJson } from '@aethex/shared/http'
import { Encoder } from '@msgpack/msgpack'
import { closeCodes, UnreadableFrame } from './close-codes.js'
import { binaryFrame, binaryOpcode, textFrame, textOpcode } from './frame.js'
import type { ServerMessage } from './messages.js'
import type { PackedStateUpdate } from './room-messages.js'
import { readMessagePack } from './strict-message-pack.js'

/**
 * How messages look on one socket. A frame is a message, or for whoever takes frames of several things an array of
 * messages and states. States are `[tick, ref, change, ref, change, …]`, in parts that are encoded once and put
 * together for each member.
 */
export interface Codec {
  /** The WebSocket sub-protocol that asks for it. */
  readonly protocol: string
  readonly opcode: number
  /** Bytes may stand among its values. */
  readonly takesBytes: boolean
  /** Throws a Problem for a value that is refused, UnreadableFrame for one that is none. */
  decode(data: Buffer, isBinary: boolean): unknown
  /** The message as a whole WebSocket frame. */
  encode(message: ServerMessage): Buffer
  /** A value without a frame around it. */
  part(value: unknown): Buffer
  /** The inside of a frame that holds these parts. */
  batch(parts: readonly Buffer[]): Buffer[]
  /** What goes before the changes of `count` things; after them goes `statesEnd`. */
  statesStart(tick: number, count: number): Buffer
  readonly statesEnd: Buffer
  /** A change of one thing, to stand between start and end. */
  change(ref: number, change: unknown): Buffer
}

const nothing = Buffer.alloc(0)
const jsonOpen = Buffer.from('[')
const jsonComma = Buffer.from(',')
const jsonShut = Buffer.from(']')

export const jsonCodec: Codec = {
  protocol: 'aethex.v1.json',
  opcode: textOpcode,
  takesBytes: false,
  decode(data, isBinary) {
    if (isBinary) throw new UnreadableFrame(closeCodes.protocolError, 'this socket speaks JSON')
    try {
      // ws has refused invalid UTF-8 before.
      return parseStrictJson(data.toString())
    } catch (error) {
      if (error instanceof Problem && error.code === 'malformed_json') {
        throw new UnreadableFrame(closeCodes.unreadable, 'not JSON')
      }
      throw error
    }
  },
  encode: message => textFrame(JSON.stringify(message)),
  part: value => Buffer.from(JSON.stringify(value)),
  batch(parts) {
    const inside = parts.flatMap((part, index) => [index === 0 ? jsonOpen : jsonComma, part])
    inside.push(jsonShut)
    return inside
  },
  statesStart: tick => Buffer.from(`[${tick}`),
  statesEnd: jsonShut,
  change: (ref, change) => Buffer.from(`,${ref},${JSON.stringify(change)}`),
}

const encoder = new Encoder()

/** A frame that is nothing but bytes (bin 8 or bin 16) is the sender's declared state. */
function packedState(data: Buffer): PackedStateUpdate | undefined {
  const headBytes = data[0] === 0xc4 ? 2 : data[0] === 0xc5 ? 3 : 0
  if (headBytes === 0 || data.length < headBytes) return undefined
  const length = headBytes === 2 ? data[1] : data.readUInt16BE(1)
  if (length !== data.length - headBytes) return undefined
  return { type: 'player_state_update', packed: data.subarray(headBytes) }
}

function arrayHeader(length: number): Buffer {
  const isShort = length < 65_536
  const header = Buffer.allocUnsafe(isShort ? 3 : 5)
  header[0] = isShort ? 0xdc : 0xdd
  if (isShort) header.writeUInt16BE(length, 1)
  else header.writeUInt32BE(length, 1)
  return header
}

/** A number below 128 is its own MessagePack; a bigger one takes 3 bytes or 5. Refs are never given twice. */
const refBytes = (ref: number) => (ref < 128 ? 1 : ref < 65_536 ? 3 : 5)

function writeRef(part: Buffer, ref: number): void {
  const size = refBytes(ref)
  part[0] = size === 1 ? ref : size === 3 ? 0xcd : 0xce
  if (size === 3) part.writeUInt16BE(ref, 1)
  if (size === 5) part.writeUInt32BE(ref, 1)
}

/** As JSON would have it: what a room of somebody's own says may hold what no client can read. */
function pack(value: unknown): Uint8Array {
  try {
    return encoder.encodeSharedRef(value)
  } catch {
    return encoder.encodeSharedRef(JSON.parse(JSON.stringify(value) ?? 'null'))
  }
}

export const messagePackCodec: Codec = {
  protocol: 'aethex.v1.msgpack',
  opcode: binaryOpcode,
  takesBytes: true,
  decode(data, isBinary) {
    if (!isBinary) {
      throw new UnreadableFrame(closeCodes.protocolError, 'this socket speaks MessagePack')
    }
    return packedState(data) ?? readMessagePack(data)
  },
  encode: message => binaryFrame(pack(message)),
  part: value => Buffer.from(pack(value)),
  batch: parts => [arrayHeader(parts.length), ...parts],
  statesStart(tick, count) {
    const number = Buffer.allocUnsafe(5)
    number[0] = 0xce
    number.writeUInt32BE(tick, 1)
    return Buffer.concat([arrayHeader(1 + 2 * count), number])
  },
  statesEnd: nothing,
  change(ref, change) {
    const bytes = pack(change)
    const part = Buffer.allocUnsafe(refBytes(ref) + bytes.length)
    writeRef(part, ref)
    part.set(bytes, part.length - bytes.length)
    return part
  },
}

const codecs = [jsonCodec, messagePackCodec]

/** The first offered sub-protocol that we speak; JSON when none was offered; undefined when none fits. */
export function chooseCodec(offered: readonly string[]): Codec | undefined {
  if (offered.length === 0) return jsonCodec
  for (const protocol of offered) {
    const codec = codecs.find(candidate => candidate.protocol === protocol)
    if (codec !== undefined) return codec
  }
  return undefined
}
