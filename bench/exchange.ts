import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')

/**
 * One keep-alive connection that sends ready-made bytes and reads an answer by its content-length.
 * It costs a tenth of node:http's client, so that the server is what is measured.
 */
export class Exchange {
  private waiting: { resolve(): void; reject(error: Error): void } | undefined
  private head: Buffer | undefined
  private bodyLeft = 0
  private broken: Error | undefined

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true)
    socket.on('data', chunk => this.read(chunk))
    socket.on('error', error => this.fail(error))
    socket.on('close', () => this.fail(new Error('the server closed the connection')))
  }

  static async open(origin: string): Promise<Exchange> {
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new Exchange(socket)
  }

  /** Resolves when the whole answer is there; rejects for anything but a 2xx. */
  ask(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.broken !== undefined) {
        reject(this.broken)
        return
      }
      this.waiting = { resolve, reject }
      this.socket.write(request)
    })
  }

  close(): void {
    this.socket.destroy()
  }

  private read(chunk: Buffer): void {
    if (this.bodyLeft > 0) {
      this.bodyLeft -= chunk.length
    } else {
      const bytes = this.head === undefined ? chunk : Buffer.concat([this.head, chunk])
      const end = bytes.indexOf(headEnd)
      this.head = end < 0 ? bytes : undefined
      if (end < 0) return
      const head = bytes.toString('latin1', 0, end)
      if (head[9] !== '2') {
        this.fail(new Error(`the server answered ${bytes.toString()}`))
        return
      }
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
      this.bodyLeft = Number(length ?? 0) - (bytes.length - end - headEnd.length)
    }
    if (this.bodyLeft > 0) return
    const { waiting } = this
    this.waiting = undefined
    waiting?.resolve()
  }

  private fail(error: Error): void {
    this.broken ??= error
    const { waiting } = this
    this.waiting = undefined
    waiting?.reject(error)
  }
}
