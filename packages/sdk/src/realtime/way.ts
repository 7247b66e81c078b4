import { pollingBy } from './polling-socket.js'
import { findWebSocket, type WebSocketMaker } from './web-socket.js'

/** What connections are made of; `auto` polls when no WebSocket has ever opened, and two in a row have not. */
export type Transport = 'auto' | 'websocket' | 'polling'

/** Chooses what the next connection is made of. */
export interface Way {
  /** Throws `websocket_missing`. */
  next(): WebSocketMaker
  /** Learns whether what `next` has made has opened. */
  note(hasOpened: boolean): void
}

interface WayOptions {
  transport: Transport
  WebSocket: WebSocketMaker | undefined
  fetch: typeof globalThis.fetch
}

/** Of three tries the third polls: what is in between may only have been away for a moment. */
const turns = 3

export function createWay({ transport, WebSocket, fetch }: WayOptions): Way {
  const Polling = pollingBy(fetch)
  let socketsPass = false
  let failures = 0
  const polls = () =>
    transport === 'polling' ||
    (transport === 'auto' && !socketsPass && failures % turns === turns - 1)
  return {
    next: () => (polls() ? Polling : findWebSocket(WebSocket)),
    note(hasOpened) {
      if (!hasOpened) failures++
      else if (!polls()) socketsPass = true
    },
  }
}
