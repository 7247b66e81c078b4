export const textOpcode = 0x1
export const binaryOpcode = 0x2
const final = 0x80

// RFC 6455 §5.2. A server's frame carries no mask, so one frame serves every member of a room.
function openFrame(opcode: number, length: number): Buffer {
  if (length < 126) {
    const frame = Buffer.allocUnsafe(length + 2)
    frame[0] = final | opcode
    frame[1] = length
    return frame
  }
  if (length < 65_536) {
    const frame = Buffer.allocUnsafe(length + 4)
    frame[0] = final | opcode
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
    return frame
  }
  const frame = Buffer.allocUnsafe(length + 10)
  frame[0] = final | opcode
  frame[1] = 127
  frame.writeUInt32BE(0, 2)
  frame.writeUInt32BE(length, 6)
  return frame
}

/** A whole WebSocket text frame, ready to be written to any socket. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = openFrame(textOpcode, length)
  frame.write(text, frame.length - length)
  return frame
}

/** A whole WebSocket binary frame, ready to be written to any socket. */
export function binaryFrame(bytes: Uint8Array): Buffer {
  const frame = openFrame(binaryOpcode, bytes.length)
  frame.set(bytes, frame.length - bytes.length)
  return frame
}

/** A whole WebSocket frame around these pieces, copied once. */
export function frameOf(opcode: number, pieces: readonly Buffer[]): Buffer {
  let length = 0
  for (const piece of pieces) length += piece.length
  const frame = openFrame(opcode, length)
  let at = frame.length - length
  for (const piece of pieces) {
    frame.set(piece, at)
    at += piece.length
  }
  return frame
}

/** What is in a whole frame of this side's making. */
export function payloadIn(frame: Buffer): Buffer {
  const size = frame[1] ?? 0
  return frame.subarray(size < 126 ? 2 : size === 126 ? 4 : 10)
}
