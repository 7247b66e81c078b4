/**
 * What travels on a data channel: one byte of kind, the mark of the seat it belongs to (so that what comes late from
 * another room is told apart), a number, and then what there is to say, as the codec of the socket writes it.
 */
export interface Datagram {
  kind: number
  mark: number
  /** Of states and of a client's acknowledgement the tick, of a state and of a node's acknowledgement the sender's count. */
  number: number
  body: Buffer
}

export const datagramKinds = { states: 1, ack: 2, state: 3 } as const

const headBytes = 9

export function writeDatagram(
  { kind, mark, number }: Omit<Datagram, 'body'>,
  body: readonly Buffer[],
) {
  const head = Buffer.allocUnsafe(headBytes)
  head[0] = kind
  head.writeUInt32BE(mark, 1)
  head.writeUInt32BE(number, 5)
  return Buffer.concat([head, ...body])
}

/** Undefined for what is too short to be one. */
export function readDatagram(bytes: Buffer): Datagram | undefined {
  if (bytes.length < headBytes) return undefined
  return {
    kind: bytes[0] ?? 0,
    mark: bytes.readUInt32BE(1),
    number: bytes.readUInt32BE(5),
    body: bytes.subarray(headBytes),
  }
}
