import type { Backoff } from './core/backoff.js'
import { AeThexError } from './core/error.js'
import { createHttp, path } from './core/http.js'
import { attempt, type Result } from './core/result.js'
import { createServerRatings, type ServerRatings } from './resources/ratings.js'
import {
  type PersistedWorld,
  type PersistWorldOptions,
  persistWorld,
} from './resources/worlds/persist-world.js'

export { AeThexError, type ErrorDetails, type LocalErrorCode } from './core/error.js'
export { type Failure, type Result, unwrap } from './core/result.js'
export type { ErrorCode } from './generated/errors.js'
export type { NumberedInput } from './realtime/prediction.js'
export type {
  MatchResult,
  PlayerRating,
  RatedPlayer,
  RatedResult,
  RatingChange,
  ServerRatings,
} from './resources/ratings.js'
export {
  verifyWebhook,
  type WebhookEvent,
  type WebhookOptions,
  type WebhookRequest,
} from './resources/webhooks.js'
export type {
  PersistedWorld,
  PersistWorldOptions,
  WorldStatus,
  WorldTrouble,
} from './resources/worlds/persist-world.js'
export type { RestoredWorld } from './resources/worlds/world-api.js'
export {
  createInputQueue,
  type InputQueue,
  type InputQueueOptions,
  type KeptInputs,
} from './rooms/input-queue.js'
export type {
  HostedRoom,
  RoomHooks,
  RoomHooksMaker,
  Seat,
  Shown,
} from './rooms/room-hooks.js'

export interface ServerOptions {
  /** A secret key, `sk_…`; never in a browser. */
  apiKey: string
  /** Where the API lives, such as `https://api.example.com`. */
  url: string
  fetch?: typeof fetch
  /** For one try of a request, in milliseconds; 10 s unless said. */
  timeoutMs?: number
  backoff?: Backoff
}

/** How a board ranks (`order`), and which of a player's scores stands (`keep`). */
export interface BoardRules {
  order: 'asc' | 'desc'
  keep: 'best' | 'last' | 'sum'
}

/** Dates in UTC such as `2026-01-31`, the first and the last included. */
interface DayRange {
  from: string
  to: string
}

/** What can be asked, and the rows of the answer; days with nothing to count have no row. */
export interface AnalyticsQuestions {
  events_per_day: {
    asks: DayRange & { name?: string }
    row: { day: string; name: string; events: number }
  }
  daily_active_players: { asks: DayRange; row: { day: string; players: number } }
}

/** What a studio's own server may do. */
export interface CloudServer {
  leaderboards: {
    /** Defines a board, or finds it defined alike. Errors: `board_exists` (with other rules), `insufficient_scope`. */
    define(
      board: string,
      rules: BoardRules,
    ): Promise<Result<{ board: BoardRules & { board_id: string } }>>
  }
  /** Needs a key with `ratings:read` or `ratings:write`. */
  ratings: ServerRatings
  analytics: {
    /** Errors: `insufficient_scope`, `invalid_request`. */
    query<Question extends keyof AnalyticsQuestions>(
      question: { question: Question } & AnalyticsQuestions[Question]['asks'],
    ): Promise<Result<{ rows: AnalyticsQuestions[Question]['row'][] }>>
  }
  /**
   * Keeps a world: gathers its events, appends them once each, takes snapshots, and tells when acknowledgements lag.
   * Needs a key with `worlds:read` and `worlds:write`.
   */
  persistWorld(options: PersistWorldOptions): PersistedWorld
  /** Ends what is under way. */
  close(): void
}

/** Connects a studio's server. Throws `secret_key_in_browser` in a page. */
export function createServer(options: ServerOptions): CloudServer {
  if (typeof document !== 'undefined') {
    throw new AeThexError('secret_key_in_browser', 'A secret key must never reach a browser.')
  }
  const backoff = options.backoff ?? { firstMs: 500, maxMs: 10_000 }
  const http = createHttp({
    url: options.url,
    apiKey: options.apiKey,
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: options.timeoutMs ?? 10_000,
    tries: 3,
    backoff,
  })
  return {
    leaderboards: {
      define: (board, rules) =>
        attempt(() =>
          http.request({ method: 'PUT', path: path('leaderboards', board), body: rules }),
        ),
    },
    ratings: createServerRatings(http),
    analytics: {
      query: question =>
        attempt(() =>
          http.request({
            method: 'POST',
            path: '/analytics/query',
            body: question,
            repeatable: true,
          }),
        ),
    },
    persistWorld: world => persistWorld(http, backoff, world),
    close: http.close,
  }
}
