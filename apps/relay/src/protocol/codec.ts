import { Problem } from '@aethex/shared/errors'
import { parseStrictJson } from '@aethex/shared/http'
import { Encoder } from '@msgpack/msgpack'
import { closeCodes, UnreadableFrame } from './close-codes.js'
import { binaryFrame, textFrame } from './frame.js'
import type { ServerMessage } from './messages.js'
import { readMessagePack } from './strict-message-pack.js'

/** How messages look on one socket. */
export interface Codec {
  /** The WebSocket sub-protocol that asks for it. */
  protocol: string
  /** Throws a Problem for a value that is refused, UnreadableFrame for one that is none. */
  decode(data: Buffer, isBinary: boolean): unknown
  /** The message as a whole WebSocket frame. */
  encode(message: ServerMessage): Buffer
}

export const jsonCodec: Codec = {
  protocol: 'aethex.v1.json',
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
}

const encoder = new Encoder()

export const messagePackCodec: Codec = {
  protocol: 'aethex.v1.msgpack',
  decode(data, isBinary) {
    if (!isBinary) {
      throw new UnreadableFrame(closeCodes.protocolError, 'this socket speaks MessagePack')
    }
    return readMessagePack(data)
  },
  encode: message => binaryFrame(encoder.encodeSharedRef(message)),
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
