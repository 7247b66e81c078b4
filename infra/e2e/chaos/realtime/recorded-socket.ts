import { Buffer } from 'node:buffer'
import { type ClientOptions, type RawData, WebSocket } from 'ws'
import type { Entry, Wire } from './room-history.js'

type Message = Record<string, unknown>

/** What of a connection the arena wants to know beside the messages. */
export interface Dials {
  opened: number[]
  /** Close codes as they came. */
  closes: number[]
}

interface Recording {
  wire: Wire[]
  dials: Dials
  decode(data: unknown): unknown
  /** The address that the connection comes from, by which ways are told apart. */
  localAddress: string
}

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'type' in value

/** A frame is one message or several things; states are of no interest here. */
function messagesIn(frame: unknown): Message[] {
  if (isMessage(frame)) return [frame]
  return Array.isArray(frame) ? frame.filter(isMessage) : []
}

const entries: ReadonlySet<unknown> = new Set<Entry>(['room_joined', 'resumed', 'gap'])
const isEntry = (type: unknown): type is Entry => entries.has(type)

/** The key that players put into what they say. */
export function keyOf(data: unknown): string | undefined {
  return isMessage(data) && data.type === 'word' && typeof data.key === 'string'
    ? data.key
    : undefined
}

/** As it is seen on the wire, if the checker looks at it. */
function wireOf(message: Message, connection: number): Wire | undefined {
  const { type, seq, epoch } = message
  const base = { at: performance.now(), connection }
  if (isEntry(type)) {
    return { ...base, kind: 'entered', how: type, epoch: Number(epoch), seq: Number(seq) }
  }
  if (type === 'degraded') return { ...base, kind: type, degraded: message.degraded === true }
  if (type === 'state_update' || typeof seq !== 'number' || 'own_seq' in message) return undefined
  return { ...base, kind: 'numbered', seq, key: keyOf(message.data) }
}

const arrayBufferOf = (data: RawData) => {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(new Uint8Array(data))
  return new Uint8Array(bytes).buffer
}

let lastConnection = 0

/** A kind of WebSocket that writes down what goes over it. */
export function recordedSocket({ wire, dials, decode, localAddress }: Recording) {
  const options: ClientOptions = { localAddress }
  return class RecordedSocket extends WebSocket {
    private readonly connection = ++lastConnection

    constructor(url: string, protocols: string[]) {
      super(url, protocols, options)
      this.on('open', () => dials.opened.push(performance.now()))
      this.on('close', code => dials.closes.push(code))
      this.on('message', (data, isBinary) => {
        const frame = decode(isBinary ? arrayBufferOf(data) : data.toString())
        for (const message of messagesIn(frame)) {
          const event = wireOf(message, this.connection)
          if (event !== undefined) wire.push(event)
        }
      })
    }

    override send(data: string | ArrayBuffer): void {
      const [message] = messagesIn(decode(data))
      if (message?.type === 'resume') {
        const { connection } = this
        wire.push({ at: performance.now(), connection, kind: 'resumes', seq: Number(message.seq) })
      }
      super.send(data)
    }
  }
}
