import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export const opcodes = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa }
const final = 0x80
const masked = 0x80
const headEnd = '\r\n\r\n'
const readBufferBytes = 64 * 1_024

// RFC 6455 §5.3 wants a mask on what a client sends. Zeros change nothing here, and the server unmasks as ever.
export function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const extended = payload.length > 125
  const head = Buffer.alloc(extended ? 8 : 6)
  head[0] = final | opcode
  head[1] = masked | (extended ? 126 : payload.length)
  if (extended) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

/** A payload where it lies: valid until the next one is read. */
export type OnFrame = (bytes: Buffer, from: number, to: number) => void

/**
 * A WebSocket of a player that reads frames without parsing what is in them: half the machine must not go
 * into the clients. Understands whole, unmasked frames, which is all that the servers here send.
 */
export class PlayerSocket {
  /** What came before somebody listened: a server may speak in the same breath in which it lets a player in. */
  private readonly early: Buffer[] = []
  onFrame: OnFrame = (bytes, from, to) =>
    void this.early.push(Buffer.from(bytes.subarray(from, to)))
  private rest: Buffer | undefined
  private isOpen = false
  private onOpen: (error?: Error) => void = () => {}

  private constructor(private readonly socket: Socket) {}

  static open(url: string, protocol: string): Promise<PlayerSocket> {
    const { hostname, port, pathname, search } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: hostname,
        port: Number(port),
        noDelay: true,
        onread: {
          buffer: Buffer.allocUnsafe(readBufferBytes),
          callback: (count, bytes) => {
            player.read(Buffer.from(bytes.buffer, bytes.byteOffset, count))
            return true
          },
        },
      })
      const player = new PlayerSocket(socket)
      player.onOpen = error => (error ? reject(error) : resolve(player))
      socket.on('error', error => player.onOpen(error))
      socket.on('close', () => player.onOpen(new Error(`${url} closed the connection`)))
      const wanted = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
      socket.write(
        `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
          `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n${wanted}` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}${headEnd}`,
      )
    })
  }

  /** Writes a whole frame. */
  say(frame: Buffer): void {
    this.socket.write(frame)
  }

  close(): void {
    this.onOpen = () => {}
    this.socket.destroy()
  }

  /** Resolves when a frame arrives that fits. */
  until(fits: (payload: Buffer) => boolean): Promise<void> {
    return new Promise(resolve => {
      this.onFrame = (bytes, from, to) => {
        if (fits(bytes.subarray(from, to))) resolve()
      }
      for (const payload of this.early.splice(0)) this.onFrame(payload, 0, payload.length)
    })
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk])
    const read = this.isOpen ? this.readFrames(bytes, 0) : this.readHead(bytes)
    // The chunk's memory is written over by the next one.
    this.rest = read < bytes.length ? Buffer.from(bytes.subarray(read)) : undefined
  }

  private readHead(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd)
    if (end < 0) return 0
    if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101 ')) {
      this.onOpen(new Error(`refused: ${bytes.toString()}`))
      return bytes.length
    }
    this.isOpen = true
    this.onOpen()
    return this.readFrames(bytes, end + headEnd.length)
  }

  /** How far whole frames reach. */
  private readFrames(bytes: Buffer, start: number): number {
    let at = start
    while (at + 2 <= bytes.length) {
      const short = bytes[at + 1] ?? 0
      if (short === 126 && at + 4 > bytes.length) break
      if (short === 127 && at + 10 > bytes.length) break
      const from = at + (short === 126 ? 4 : short === 127 ? 10 : 2)
      const length =
        short === 126
          ? bytes.readUInt16BE(at + 2)
          : short === 127
            ? bytes.readUInt32BE(at + 6)
            : short
      const to = from + length
      if (to > bytes.length) break
      const opcode = (bytes[at] ?? 0) & 0x0f
      if (opcode === opcodes.text || opcode === opcodes.binary) this.onFrame(bytes, from, to)
      else if (opcode === opcodes.ping) {
        this.socket.write(maskedFrame(opcodes.pong, bytes.subarray(from, to)))
      }
      at = to
    }
    return at
  }
}
