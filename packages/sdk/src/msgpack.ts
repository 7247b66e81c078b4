import type { Codec, StateWriter } from './realtime/codec.js'
import { decode } from './realtime/msgpack/decode.js'
import { encode } from './realtime/msgpack/encode.js'
import { compileStateSchema } from './state-schema.js'

function stateWriter(schema: unknown): StateWriter {
  const packer = compileStateSchema(schema, { unknown: 'leave' })
  const tried = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch {
      // Of another kind than declared: the relay says so.
      return undefined
    }
  }
  return {
    settle: state => ({ ...state, ...tried(() => packer.quantise({ ...state })) }),
    write: fields =>
      packer.undeclared(fields) === undefined ? tried(() => packer.pack(fields)) : undefined,
  }
}

/** Messages as MessagePack, about a third smaller than JSON: `createCloud({ …, codec: msgpack })`. */
export const msgpack: Codec = {
  protocol: 'aethex.v1.msgpack',
  encode,
  decode(data) {
    if (data instanceof ArrayBuffer) return decode(new Uint8Array(data))
    throw new TypeError('A message in MessagePack is binary.')
  },
  stateReader: schema => compileStateSchema(schema).unpack,
  stateWriter,
}

export type { Codec }
export { decode, encode }
