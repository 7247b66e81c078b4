import { type Backoff, delayBeforeRetry } from '../core/backoff.js'
import { createEmitter, type Listenable } from '../core/emitter.js'
import { type AeThexError, asAeThexError } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'
import { later } from '../core/timer.js'
import type { ServerMessage } from '../generated/messages.js'
import type {
  ChatApi,
  ChatChannelInfo,
  ChatMessage,
  HistoryPage,
  HistoryWish,
  MessageOptions,
} from './chat-api.js'
import { createChatOrder } from './chat-order.js'
import type { Socket } from './socket.js'

interface ChatChannelEvents {
  /** Somebody has said something, this player included: each message once, in the order of their numbers. */
  message: [message: ChatMessage]
  edited: [message: ChatMessage]
  deleted: [message: ChatMessage]
  /** Somebody is writing, for the next few seconds. */
  typing: [player: { player_id: string; username: string }]
  /** Somebody has read up to there; in direct channels and parties. */
  read: [mark: { player_id: string; number: number }]
  /** The connection was away; what was missed meanwhile, so many changes, has just been told. */
  healed: [gap: { changes: number }]
  /** More was missed than is told by itself: `history` has it, after this number. */
  missed: [gap: { after: number; last_number: number }]
  /** The player may not read the channel any more; nothing more comes. */
  closed: [error: AeThexError]
}

/** A channel that was opened: it is heard until `close`, through every loss of the connection. */
export interface ChatChannel extends Listenable<ChatChannelEvents> {
  /** Such as `chat.midgard.public`. */
  readonly name: string
  /** As it was when it was opened. */
  readonly info: ChatChannelInfo
  /**
   * Says something; success means that it is stored, once, however often it had to be sent. Errors: `chat_muted`,
   * `message_refused`, `rate_limited`, `chat_forbidden`, `not_found` (that player takes no messages).
   */
  send(text: string, options?: MessageOptions): Promise<Result<{ message: ChatMessage }>>
  /** The newest messages, or those before or after a number. */
  history(wish?: HistoryWish): Promise<Result<HistoryPage>>
  /** Errors: `edit_too_late`, `forbidden`, `not_found`. */
  edit(number: number, text: string): Promise<Result<{ message: ChatMessage }>>
  /** Takes a message back. Errors: `forbidden`, `not_found`. */
  remove(number: number): Promise<Result>
  /** Puts a message, and those around it, before the moderators. */
  report(number: number, reason: string): Promise<Result<{ report_id: string }>>
  /** Up to this number, or to the last that was heard. */
  markRead(number?: number): Promise<Result<{ read_number: number }>>
  /** Shows the others that the player is writing; call it with every key, it is sent every three seconds. */
  typing(): void
  close(): void
}

export interface ChannelParts {
  socket: Socket
  api: ChatApi
  info: ChatChannelInfo
  backoff: Backoff
  onClosed(): void
  onFault(thrown: unknown): void
}

const typingEveryMs = 3_000
/** Of a gap that is told by itself: pages of a hundred. */
const mostPages = 10
/** A node that lost its Redis tells all of its players at once; they must not all ask at once. */
const gapSpreadMs = 1_000
/** The seat in a room comes back a moment after the connection does. */
const seatTries = 20
const seatMs = 500

export interface OpenedChannel {
  channel: ChatChannel
  hear(message: ServerMessage): void
  /** Listens, and catches up; on every new connection. */
  sync(): Promise<void>
  end(error?: AeThexError): void
}

/** The relay's answer; throws `chat_forbidden`. */
export const subscribeTo = (socket: Socket, channel: string) =>
  socket.request({ type: 'chat_subscribe', channel }, 'chat_subscribed')

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

export function createChatChannel(parts: ChannelParts): OpenedChannel {
  const { socket, api, info } = parts
  const name = info.channel
  const events = createEmitter<ChatChannelEvents>(parts.onFault)
  const order = createChatOrder(() => void catchUp())
  order.moveTo(info.last_change)
  let lastNumber = info.last_number
  let isOpen = true
  let lastTyping = Number.NEGATIVE_INFINITY
  let syncing: Promise<void> | undefined
  let isWantedAgain = false
  let healing: Promise<void> | undefined

  /** In its order: who has not seen the number hears of a message, however it looks by now. */
  function take(message: ChatMessage): void {
    if (message.number > lastNumber) {
      lastNumber = message.number
      events.emit('message', message)
    } else events.emit(message.deleted === null ? 'edited' : 'deleted', message)
  }

  async function missedChanges() {
    const items: ChatMessage[] = []
    for (let page = 0; ; page++) {
      const found = await api.changes(items.at(-1)?.change ?? order.cursor())
      items.push(...found.items)
      if (!found.more) return { ...found, items, isWhole: true }
      if (page + 1 === mostPages) return { ...found, items: [], isWhole: false }
    }
  }

  /** Asks the history for what was missed, and tells it. */
  async function heal(): Promise<void> {
    const before = order.cursor()
    const { items, last_change, last_number, isWhole } = await missedChanges()
    if (!isOpen) return
    // What came by itself meanwhile is known already.
    const missed = items.filter(({ change }) => change > order.cursor())
    const fresh = missed.filter(({ number }) => number > lastNumber)
    const others = missed.filter(({ number }) => number <= lastNumber)
    for (const message of fresh.sort((a, b) => a.number - b.number)) take(message)
    for (const message of others) take(message)
    if (!isWhole) {
      events.emit('missed', { after: lastNumber, last_number })
      lastNumber = Math.max(lastNumber, last_number)
    }
    order.moveTo(Math.max(last_change, items.at(-1)?.change ?? 0))
    if (missed.length > 0) events.emit('healed', { changes: order.cursor() - before })
  }

  const healOnce = () => {
    healing ??= heal().finally(() => {
      healing = undefined
    })
    return healing
  }

  function catchUp(): void {
    if (!isOpen) return
    healOnce().catch(() => void sync())
  }

  async function listen(): Promise<void> {
    // Also what lets the player in: a relay node takes nobody's word for being a member. Of rooms it knows itself.
    if (info.kind !== 'room') await api.open()
    await subscribeTo(socket, name)
  }

  const mayComeBack = (error: AeThexError, tried: number) =>
    info.kind === 'room' && error.code === 'chat_forbidden' && tried < seatTries

  async function syncOnce(): Promise<void> {
    for (let tried = 0; isOpen && socket.state() === 'open'; tried++) {
      try {
        await listen()
        return await healOnce()
      } catch (thrown) {
        const error = asAeThexError(thrown)
        // The next connection begins anew.
        if (error.code === 'connection_lost' || error.code === 'not_connected') return
        if (mayComeBack(error, tried)) await pause(seatMs)
        else if (!error.retryable) return end(error)
        else await pause(delayBeforeRetry(tried, parts.backoff, error.retry_after_ms))
      }
    }
  }

  function sync(): Promise<void> {
    if (syncing !== undefined) {
      isWantedAgain = true
      return syncing
    }
    const mine = (async () => {
      do {
        isWantedAgain = false
        await syncOnce()
      } while (isWantedAgain)
    })().finally(() => {
      syncing = undefined
    })
    syncing = mine
    return mine
  }

  function end(error?: AeThexError): void {
    if (!isOpen) return
    isOpen = false
    order.close()
    parts.onClosed()
    if (error !== undefined) events.emit('closed', error)
    events.clear()
  }

  function hear(message: ServerMessage): void {
    switch (message.type) {
      case 'chat_message':
      case 'chat_changed':
        if (message.message.channel !== name) return
        order.hear(message.message.change, () => take(message.message))
        return
      case 'chat_skipped':
        if (message.channel === name) order.hear(message.change, () => {})
        return
      case 'chat_typing': {
        const { channel, player_id, username } = message
        if (channel === name) events.emit('typing', { player_id, username })
        return
      }
      case 'chat_read': {
        const { channel, player_id, number } = message
        if (channel === name) events.emit('read', { player_id, number })
        return
      }
      case 'chat_gap':
        if (message.channel === name) later(Math.random() * gapSpreadMs, catchUp)
        return
      case 'chat_closed':
        // Maybe only the node thinks so: asked again, the API knows.
        if (message.channel === name) void sync()
        return
    }
  }

  const channel: ChatChannel = {
    on: events.on,
    name,
    info,
    send: (text, options = {}) => attempt(() => api.send(text, options)),
    history: (wish = {}) =>
      attempt(async () => {
        const { items, last_number, more } = await api.history(wish)
        return { items, last_number, more }
      }),
    edit: (number, text) => attempt(() => api.edit(number, text)),
    remove: number =>
      attempt(async () => {
        await api.remove(number)
        return {}
      }),
    report: (number, reason) => attempt(() => api.report(number, reason)),
    markRead: (number = lastNumber) =>
      attempt(async () => (number === 0 ? { read_number: 0 } : api.markRead(number))),
    typing() {
      const now = performance.now()
      if (now - lastTyping < typingEveryMs) return
      lastTyping = now
      // Nobody waits for it, and a word that comes late is worth nothing.
      api.typing().catch(() => {})
    },
    close() {
      if (!isOpen) return
      end()
      socket
        .request({ type: 'chat_unsubscribe', channel: name }, 'chat_unsubscribed')
        .catch(() => {})
    },
  }
  return { channel, hear, sync, end }
}
