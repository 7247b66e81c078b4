import { path } from '../core/http.js'
import type { Session } from '../core/session.js'
import { uuidv7 } from '../core/uuid.js'
import type { components } from '../generated/openapi.js'

/** What was said. `text` is null, and `deleted` says by whom, when it was taken back. */
export type ChatMessage = components['schemas']['ChatMessage']
/** A channel as the player finds it. */
export type ChatChannelInfo = components['schemas']['ChatChannel']

/** Which part of the history; the newest without any. */
export interface HistoryWish {
  /** Older than this number. */
  before?: number
  /** Newer than this number. */
  after?: number
  /** Up to 100; 50 unless said. */
  limit?: number
}

export interface HistoryPage {
  /** In the order of their numbers. */
  items: ChatMessage[]
  last_number: number
  /** Whether there are more that way. */
  more: boolean
}

export interface Changes {
  items: ChatMessage[]
  last_number: number
  last_change: number
  more: boolean
}

export interface MessageOptions {
  /** Up to 2 KiB of JSON for the game, such as a linked item. */
  data?: Record<string, unknown>
  /** The number of the message that this answers. */
  replyTo?: number
}

/** A channel over HTTP. A message that had to be sent twice is stored once. */
export function createChatApi(session: Session, channel: string) {
  const base = path('chat', 'channels', channel)
  return {
    open: async () =>
      (await session.request<{ channel: ChatChannelInfo }>({ method: 'GET', path: base })).channel,
    send: (text: string, { data, replyTo }: MessageOptions) =>
      session.request<{ message: ChatMessage }>({
        method: 'POST',
        path: `${base}/messages`,
        body: { text, data, reply_to: replyTo },
        operationId: uuidv7(),
      }),
    history: ({ before, after, limit }: HistoryWish) =>
      session.request<HistoryPage>({
        method: 'GET',
        path: `${base}/messages`,
        query: { before, after, limit },
      }),
    changes: (after: number) =>
      session.request<Changes>({
        method: 'GET',
        path: `${base}/messages`,
        query: { changes_after: after, limit: 100 },
      }),
    edit: (number: number, text: string) =>
      session.request<{ message: ChatMessage }>({
        method: 'PATCH',
        path: `${base}/messages/${number}`,
        body: { text },
      }),
    remove: (number: number) =>
      session.request<undefined>({ method: 'DELETE', path: `${base}/messages/${number}` }),
    report: (number: number, reason: string) =>
      session.request<{ report_id: string }>({
        method: 'POST',
        path: `${base}/messages/${number}/report`,
        body: { reason },
        operationId: uuidv7(),
      }),
    markRead: (number: number) =>
      session.request<{ read_number: number }>({
        method: 'PUT',
        path: `${base}/read`,
        body: { number },
      }),
    typing: () =>
      session.request<undefined>({
        method: 'POST',
        path: `${base}/typing`,
        repeatable: true,
        tries: 1,
      }),
  }
}

export type ChatApi = ReturnType<typeof createChatApi>
