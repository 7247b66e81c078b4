import { AeThexError } from '../core/error.js'
import { codeOf } from '../core/problem.js'
import type { ClientMessage, ServerMessage } from '../generated/messages.js'
import type { ServerClock } from './clock.js'
import type { Codec } from './codec.js'
import { contentsOf, type States } from './frame.js'
import { createPinger, type Pinger } from './pinger.js'
import type { WebSocketMaker } from './web-socket.js'

type Welcome = Extract<ServerMessage, { type: 'welcome' }>
type Reply<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>

/** One open socket, from its welcome to its end. */
export interface Link {
  readonly welcome: Welcome
  /** Says where messages go, and the end; what came since the welcome is told at once. */
  listen(listener: LinkListener): void
  /** Hands a message, or a packed state, to the socket as it is; an error that it causes arrives as a message of its own. */
  send(message: ClientMessage | Uint8Array): void
  /** Sends and waits for an answer of one of these types; throws what the relay refuses, `timed_out` or `connection_lost`. */
  request<Type extends ServerMessage['type']>(
    message: ClientMessage,
    ...answers: Type[]
  ): Promise<Reply<Type>>
  /** The same; `onAnswer` is called before anything that came after the answer is told. */
  requestThen<Type extends ServerMessage['type']>(
    message: ClientMessage,
    answers: readonly Type[],
    onAnswer: (answer: Reply<Type>) => void,
  ): Promise<Reply<Type>>
  /** Bytes that the network has not taken yet. */
  backlog(): number
  /** Lets go: nothing more is heard of it. */
  close(): void
}

export interface LinkOptions {
  url: string
  codec: Codec
  WebSocket: WebSocketMaker
  /** For the welcome and for answers, in milliseconds. */
  timeoutMs: number
  /** Numbers what is said; it goes on from link to link. */
  nextId(): number
  /** Learns the time of the node, and how far away it is. */
  clock: ServerClock
}

interface LinkListener {
  onMessage(message: ServerMessage): void
  onStates(states: States): void
  /** Called once when the link ends by itself. */
  onLost(closeCode: number, reason: string): void
}

interface Pending {
  answers: readonly ServerMessage['type'][]
  resolve(message: ServerMessage): void
  reject(error: AeThexError): void
  timer: ReturnType<typeof setTimeout>
}

/** How a socket's end is told: `details` carry the close code. */
export const lostBecause = (close_code: number, reason: string): AeThexError =>
  new AeThexError('connection_lost', `The connection closed (${close_code} ${reason}).`, {
    retryable: true,
    details: { close_code, reason },
  })

/** Between looks at the node's clock. */
const lookMs = 10_000

const passing = new Set(['rate_limited', 'busy', 'unavailable', 'internal'])

/** A relay's refusal. */
export const errorOfMessage = ({ code, detail, type, reply_to, ...details }: Reply<'error'>) =>
  new AeThexError(codeOf(code), detail, {
    retryable: passing.has(code),
    details,
  })

/** Dials; resolves at the welcome. */
export function openLink(options: LinkOptions): Promise<Link> {
  const { codec, timeoutMs, nextId, clock } = options
  const socket = new options.WebSocket(options.url, [codec.protocol])
  socket.binaryType = 'arraybuffer'
  const pending = new Map<number, Pending>()
  let isOver = false
  let wasHeard = true
  let heartbeat: ReturnType<typeof setInterval> | undefined
  let pinger: Pinger | undefined
  let listener: LinkListener | undefined
  const early: ((listener: LinkListener) => void)[] = []

  function tell(run: (listener: LinkListener) => void): void {
    if (listener === undefined) early.push(run)
    else run(listener)
  }

  return new Promise((resolve, reject) => {
    let isOpen = false

    function end(code: number, reason: string, byItself: boolean): void {
      if (isOver) return
      isOver = true
      clearTimeout(patience)
      clearInterval(heartbeat)
      pinger?.stop()
      const error = lostBecause(code, reason)
      for (const waiting of pending.values()) {
        clearTimeout(waiting.timer)
        waiting.reject(error)
      }
      pending.clear()
      socket.close(1000)
      if (!isOpen) reject(error)
      else if (byItself) tell(({ onLost }) => onLost(code, reason))
    }

    // A close that the other side never answers would hold everything up, so the link ends at once.
    const patience = setTimeout(() => end(1006, 'no welcome', true), timeoutMs)

    function send(message: ClientMessage | Uint8Array): void {
      // The states of a WebSocket: 1 is open.
      if (isOver || socket.readyState !== 1) throw lostBecause(1006, 'not open')
      socket.send(codec.encode(message))
    }

    /** Two silent spans in a row: the other side is gone, though nobody said so. */
    function beat(): void {
      if (!wasHeard) end(1006, 'silent', true)
      wasHeard = false
      ping()
    }

    /** The number of a ping; undefined when none can be sent. */
    function ping(): number | undefined {
      if (isOver || socket.readyState !== 1) return undefined
      const id = nextId()
      send({ type: 'ping', id })
      return id
    }

    function greet(welcome: Welcome): void {
      isOpen = true
      clearTimeout(patience)
      heartbeat = setInterval(beat, welcome.heartbeat_seconds * 1000)
      // Frames of several things, and a seat that outlives the connection.
      request({ type: 'hello' }, 'ack').catch(() => {})
      // Another node, with another clock, or another way to it.
      clock.reset()
      pinger = createPinger({ clock, ping, everyMs: lookMs })
      resolve({
        welcome,
        listen(given) {
          listener = given
          for (const run of early.splice(0)) run(given)
        },
        send,
        request,
        requestThen,
        backlog: () => socket.bufferedAmount,
        close: () => end(1000, 'closed here', false),
      })
    }

    const request = <Type extends ServerMessage['type']>(
      message: ClientMessage,
      ...answers: Type[]
    ) => requestThen(message, answers, () => {})

    function requestThen<Type extends ServerMessage['type']>(
      message: ClientMessage,
      answers: readonly Type[],
      onAnswer: (answer: Reply<Type>) => void,
    ) {
      return new Promise<Reply<Type>>((answered, refused) => {
        const id = message.id ?? nextId()
        send({ ...message, id })
        const timer = setTimeout(() => {
          pending.delete(id)
          refused(
            new AeThexError('timed_out', 'The relay did not answer in time.', { retryable: true }),
          )
        }, timeoutMs)
        const resolve = (reply: ServerMessage) => {
          onAnswer(reply as Reply<Type>)
          answered(reply as Reply<Type>)
        }
        pending.set(id, { answers, resolve, reject: refused, timer })
      })
    }

    function settle(waiting: Pending, message: ServerMessage): void {
      clearTimeout(waiting.timer)
      if (message.type === 'error') waiting.reject(errorOfMessage(message))
      else if (waiting.answers.includes(message.type)) waiting.resolve(message)
      else waiting.reject(new AeThexError('invalid_answer', `Unexpected ${message.type}.`))
    }

    function hear(message: ServerMessage): void {
      wasHeard = true
      if (message.type === 'welcome') {
        if (!isOpen) greet(message)
        return
      }
      if (message.type === 'pong') {
        pinger?.heard(message.reply_to, message.time)
        return
      }
      const id = 'reply_to' in message ? message.reply_to : undefined
      const waiting = id === undefined ? undefined : pending.get(id)
      if (id === undefined || waiting === undefined) tell(({ onMessage }) => onMessage(message))
      else {
        pending.delete(id)
        settle(waiting, message)
      }
    }

    socket.addEventListener('message', ({ data }) => {
      if (isOver) return
      let frame: unknown
      try {
        frame = codec.decode(data)
      } catch {
        return
      }
      for (const content of contentsOf(frame)) {
        if ('type' in content) hear(content)
        else tell(({ onStates }) => onStates(content))
      }
    })
    socket.addEventListener('close', ({ code, reason }) => end(code, reason, true))
    // A close event follows; without a listener `ws` would throw.
    socket.addEventListener('error', () => {})
  })
}
