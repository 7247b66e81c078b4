import { type Backoff, delayBeforeRetry } from '../core/backoff.js'
import { createEmitter, type Emitter } from '../core/emitter.js'
import { AeThexError, asAeThexError } from '../core/error.js'
import { onOnline } from '../core/page.js'
import { within } from '../core/timer.js'
import type { ClientMessage, ServerMessage } from '../generated/messages.js'
import { type DialOptions, dial, judgeClose } from './dial.js'
import type { States } from './frame.js'
import type { Link } from './link.js'

/** `closed` until `connect`, `resuming` while the SDK brings a lost connection back. */
export type ConnectionState = 'connecting' | 'open' | 'resuming' | 'closed'

interface SocketEvents {
  state: [state: ConnectionState]
  message: [message: ServerMessage]
  states: [states: States]
  /** A link is open; `resumed` when it takes the place of an earlier one. */
  ready: [resumed: boolean]
  error: [error: AeThexError]
}

/** A connection that outlives its sockets. */
export interface Socket extends Pick<Emitter<SocketEvents>, 'on'> {
  state(): ConnectionState
  playerId(): string | undefined
  /** Resolves when it is open, also after a resumption under way. */
  open(): Promise<void>
  /** Leaves this node for the one that the room of the hint lives on; after a pause when it was tried before. */
  move(again: boolean): Promise<void>
  /** A number for a message that may have to be said again on another connection. */
  nextId(): number
  send(message: ClientMessage | Uint8Array): void
  request: Link['request']
  requestThen: Link['requestThen']
  backlog(): number
  close(): void
}

export interface SocketOptions extends Omit<DialOptions, 'nextId'> {
  backoff: Backoff
  onFault(thrown: unknown): void
}

const firstTries = 3

/** An answer that makes no sense comes from something in between, and passes. */
const isFinal = (error: AeThexError) => !error.retryable && error.code !== 'invalid_answer'

const closedMeanwhile = () => new AeThexError('not_connected', 'The connection was closed.')

const notInTime = () =>
  new AeThexError('timed_out', 'The connection did not come back in time.', { retryable: true })

export function createSocket(options: SocketOptions): Socket {
  const events = createEmitter<SocketEvents>(options.onFault)
  let state: ConnectionState = 'closed'
  let link: Link | undefined
  /** The attempt under way, and its number: a newer one makes the older give up. */
  let opening: Promise<void> | undefined
  let generation = 0
  let wake: (() => void) | undefined
  let lastId = 0
  const nextId = () => ++lastId

  function become(next: ConnectionState): void {
    if (state === next) return
    state = next
    events.emit('state', next)
  }

  function letGo(): void {
    generation++
    wake?.()
    link?.close()
    link = undefined
    opening = undefined
  }

  function closeBecause(error: AeThexError): void {
    letGo()
    become('closed')
    events.emit('error', error)
  }

  function pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const finish = () => {
        clearTimeout(timer)
        stopWatching()
        wake = undefined
        resolve()
      }
      const timer = setTimeout(finish, ms)
      const stopWatching = onOnline(finish)
      wake = finish
    })
  }

  function lose(error: AeThexError): void {
    if (isFinal(error)) {
      closeBecause(error)
      return
    }
    // Not understood, or too big: the game should know, although the connection comes back.
    const code = error.details.close_code
    if (code === 1002 || code === 1007 || code === 1009) events.emit('error', error)
    begin('resuming', true).catch(() => {})
  }

  async function openOnce(mine: number, resumed: boolean): Promise<void> {
    const opened = await dial({ ...options, nextId })
    if (mine !== generation) {
      opened.close()
      throw closedMeanwhile()
    }
    link = opened
    become('open')
    events.emit('ready', resumed)
    opened.listen({
      onMessage(message) {
        if (link === opened) events.emit('message', message)
      },
      onStates(states) {
        if (link === opened) events.emit('states', states)
      },
      onLost(code, reason) {
        if (link === opened) lose(judgeClose(code, reason))
      },
    })
  }

  /** Tries until it is open, refused for good, or closed here; a first connection gives up sooner. */
  async function keepTrying(mine: number, resumed: boolean, waitFirst: boolean): Promise<void> {
    let retryAfterMs: number | undefined
    for (let tried = 0; ; tried++) {
      if (waitFirst || tried > 0) {
        await pause(delayBeforeRetry(tried, options.backoff, retryAfterMs))
      }
      if (mine !== generation) throw closedMeanwhile()
      try {
        return await openOnce(mine, resumed)
      } catch (thrown) {
        const error = asAeThexError(thrown)
        if (mine !== generation) throw error
        if (resumed && isFinal(error)) closeBecause(error)
        else if (!resumed && (isFinal(error) || tried + 1 >= firstTries)) {
          letGo()
          become('closed')
        } else {
          retryAfterMs = error.retry_after_ms
          continue
        }
        throw error
      }
    }
  }

  function begin(next: 'connecting' | 'resuming', waitFirst: boolean): Promise<void> {
    letGo()
    become(next)
    const mine = keepTrying(generation, next === 'resuming', waitFirst).finally(() => {
      if (opening === mine) opening = undefined
    })
    opening = mine
    return mine
  }

  function openLinkNow(): Link {
    if (link === undefined) throw new AeThexError('not_connected', 'The socket is not open.')
    return link
  }

  // A caller does not wait for ever, however long the socket goes on trying.
  const inTime = (promise: Promise<void>) => {
    promise.catch(() => {})
    return within(options.timeoutMs * firstTries, promise, notInTime)
  }

  return {
    on: events.on,
    state: () => state,
    playerId: () => link?.welcome.player_id,
    async open() {
      if (state !== 'open') await inTime(opening ?? begin('connecting', false))
    },
    move: again => inTime(begin('resuming', again)),
    nextId,
    send: message => openLinkNow().send(message),
    request: async (message, ...answers) => openLinkNow().request(message, ...answers),
    requestThen: async (message, answers, onAnswer) =>
      openLinkNow().requestThen(message, answers, onAnswer),
    backlog: () => link?.backlog() ?? 0,
    close() {
      letGo()
      become('closed')
    },
  }
}
