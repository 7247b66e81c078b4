import { type Http, path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'

type Schemas = components['schemas']

/** What a player is worth; `estimate` is there for servers only. */
export type PlayerRating = Schemas['PlayerRating']
/** A line of a list of rated players. */
export type RatedPlayer = Schemas['RatedPlayer']
/** What one match changed; `before` and `after` are there for servers only. */
export type RatingChange = Schemas['RatingChange']
/** A match that was counted. */
export type RatedResult = Schemas['RatedResult']

/** What came of a match: all teams with ranks (lower is better), or all with scores (higher is better). */
export interface MatchResult {
  /** The match's own id: it counts once, however often it is reported. */
  match_id: string
  teams: { players: string[]; rank?: number; score?: number }[]
}

interface Page {
  limit?: number
  cursor?: string
}

interface Paged<Item> {
  items: Item[]
  next_cursor: string | null
}

interface RatingReads {
  /** Rated players, the best first. `next_cursor` goes into the next call's `cursor`; null at the end. */
  list(rating: string, page?: Page): Promise<Result<Paged<RatedPlayer>>>
}

/** How good players are, by ratings that the studio has declared. */
export interface Ratings extends RatingReads {
  /** The rating of a player, or one's own. Errors: `not_found`, also where the studio shows it to nobody. */
  get(rating: string, playerId?: string): Promise<Result<{ rating: PlayerRating }>>
  /** What one's matches changed, newest first. */
  history(rating: string, page?: Page): Promise<Result<Paged<RatingChange>>>
  /**
   * Says what came of a match one was in, where the studio takes the word of players. It counts once every side has
   * said the same (`rated`); sides that differ leave it `disputed`. Errors: `forbidden`, `result_differs`.
   */
  report(rating: string, result: MatchResult): Promise<Result<{ report: Schemas['ResultReport'] }>>
}

/** Ratings as a studio's server sees and moves them. */
export interface ServerRatings extends RatingReads {
  get(rating: string, playerId: string): Promise<Result<{ rating: PlayerRating }>>
  history(rating: string, playerId: string, page?: Page): Promise<Result<Paged<RatingChange>>>
  /**
   * Counts a match for all its players, once however often it is sent. Errors: `result_differs` (another outcome was
   * reported before), `not_found` (no such rating, or somebody is no player here), `insufficient_scope`.
   */
  report(rating: string, result: MatchResult): Promise<Result<{ result: RatedResult }>>
  /** A match that was counted; `not_found` for one that was not. */
  getResult(rating: string, matchId: string): Promise<Result<{ result: RatedResult }>>
}

/** The calls that both have, each by its own way to the API. */
function createReads(asker: Pick<Http, 'request'>) {
  const get = <T extends object>(parts: string[], page: Page = {}) =>
    attempt(() =>
      asker.request<T>({
        method: 'GET',
        path: path('ratings', ...parts),
        query: { limit: page.limit, cursor: page.cursor },
      }),
    )
  const post = <T extends object>(rating: string, kind: string, body: MatchResult) =>
    attempt(() =>
      asker.request<T>({
        method: 'POST',
        path: path('ratings', rating, kind),
        body,
        // The match_id says whether it was sent before.
        repeatable: true,
      }),
    )
  return {
    get,
    post,
    list: (rating: string, page?: Page) => get<Paged<RatedPlayer>>([rating], page),
    one: (rating: string, id: string) => get<{ rating: PlayerRating }>([rating, 'players', id]),
    changes: (rating: string, id: string, page?: Page) =>
      get<Paged<RatingChange>>([rating, 'players', id, 'history'], page),
  }
}

export function createRatings(session: Session): Ratings {
  const { list, one, changes, post } = createReads({ request: call => session.request(call) })
  return {
    list,
    get: (rating, playerId = 'me') => one(rating, playerId),
    history: (rating, page) => changes(rating, 'me', page),
    report: (rating, result) => post(rating, 'reports', result),
  }
}

export function createServerRatings(http: Http): ServerRatings {
  const { list, one, changes, get, post } = createReads(http)
  return {
    list,
    get: one,
    history: changes,
    report: (rating, result) => post(rating, 'results', result),
    getResult: (rating, matchId) => get([rating, 'results', matchId]),
  }
}
