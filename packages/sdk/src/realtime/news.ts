import { type Backoff, delayBeforeRetry } from '../core/backoff.js'
import { createEmitter, type Listenable } from '../core/emitter.js'
import { asAeThexError } from '../core/error.js'
import { onOnline } from '../core/page.js'
import type { SessionStore } from '../core/session-store.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type { Socket } from './socket.js'

/** A version that one of the player's devices has written, this one included. */
export interface RemoteWrite {
  /** Whose slot it is: the player of the connection that brought it. */
  player_id: string
  save_id: string
  version: number
  /** SHA-256 of the plain bytes, in hexadecimal; null for a deletion. */
  hash: string | null
  device: string | null
  deleted: boolean
}

interface NewsEvents {
  save_written: [write: RemoteWrite]
  /** News may have been missed, so whoever needs to know lists the saves now. Also the first time, once it is heard. */
  gap: []
}

/** What the player's devices do, told at once, from `start` to `stop`. It may be late or missing, never invented. */
export interface News extends Listenable<NewsEvents> {
  /** Keeps the connection open while a player is signed in; one per browser is enough, a player may have four. */
  start(): void
  /** Lets go of it; a game that is connected by itself stays so. */
  stop(): void
}

interface NewsParts {
  socket: Socket
  sessions: SessionStore
  backoff: Backoff
  /** Opens the connection for the signed-in player. */
  open(): Promise<unknown>
  /** Closes it unless the game needs it. */
  release(): void
  onFault(thrown: unknown): void
}

/** A node that lost its Redis tells all of its players at once; they must not all ask at once. */
const gapSpreadMs = 5_000

export function createNews(parts: NewsParts): News & {
  hear(message: ServerMessage): void
  close(): void
} {
  const { socket, sessions } = parts
  const events = createEmitter<NewsEvents>(parts.onFault)
  let isWanted = false
  let failures = 0
  let cancelTry: (() => void) | undefined
  let cancelGap: (() => void) | undefined

  function rest(): void {
    cancelTry?.()
    cancelTry = undefined
  }

  function tellGap(): void {
    cancelGap?.()
    cancelGap = undefined
    if (isWanted) events.emit('gap')
  }

  function tryLater(retryAfterMs?: number): void {
    rest()
    if (!isWanted) return
    cancelTry = later(delayBeforeRetry(failures++, parts.backoff, retryAfterMs), tryNow)
  }

  function tryNow(): void {
    rest()
    if (!isWanted || socket.state() !== 'closed' || sessions.read() === undefined) return
    parts.open().catch(thrown => {
      const error = asAeThexError(thrown)
      // Refused for good, so not before the next sign-in; closed by the game meanwhile, it comes back.
      if (error.retryable) tryLater(error.retry_after_ms)
      else if (error.code !== 'not_connected') rest()
    })
  }

  const stops = [
    socket.on('ready', () => {
      failures = 0
      tellGap()
    }),
    socket.on('state', state => {
      if (state === 'closed') tryLater()
    }),
    // Refused or replaced by another device: trying again would only drive that one away.
    socket.on('error', () => {
      if (socket.state() === 'closed') rest()
    }),
    sessions.onChange(user => {
      if (user !== null) tryNow()
    }),
    onOnline(tryNow),
  ]

  function stop(): void {
    if (!isWanted) return
    isWanted = false
    rest()
    parts.release()
  }

  return {
    on: events.on,
    start() {
      if (isWanted) return
      isWanted = true
      if (socket.state() === 'open') tellGap()
      else tryNow()
    },
    stop,
    hear(message) {
      if (!isWanted) return
      if (message.type === 'news_gap') cancelGap ??= later(Math.random() * gapSpreadMs, tellGap)
      if (message.type !== 'save_written') return
      const { save_id, version, hash, device, deleted } = message
      const player_id = socket.playerId()
      if (player_id === undefined) return
      events.emit('save_written', { player_id, save_id, version, hash, device, deleted })
    },
    close() {
      isWanted = false
      rest()
      cancelGap?.()
      for (const end of stops) end()
      events.clear()
    },
  }
}
