import { AeThexError } from '../core/error.js'

/** The part of a WebSocket that the SDK uses; browsers, Node 22 and the package `ws` have it. */
export interface WebSocketLike {
  binaryType: string
  readonly bufferedAmount: number
  readonly readyState: number
  send(data: string | ArrayBuffer): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

/** What makes one. */
export type WebSocketMaker = new (url: string, protocols: string[]) => WebSocketLike

/** The given one, or the platform's. */
export function findWebSocket(given: WebSocketMaker | undefined): WebSocketMaker {
  const found = given ?? globalThis.WebSocket
  if (found !== undefined) return found
  throw new AeThexError(
    'websocket_missing',
    "This platform has no WebSocket: import { WebSocket } from 'ws' and hand it to createCloud.",
  )
}
