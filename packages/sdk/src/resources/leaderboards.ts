import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import { uuidv7 } from '../core/uuid.js'
import type { components } from '../generated/openapi.js'

/** One line of a board: `rank` counts from 1. */
export type BoardEntry = components['schemas']['BoardEntry']

/** Boards that the studio has defined. */
export interface Leaderboards {
  /** Submits a score (an integer); answers the player's rank and the score that stands. Counts once, also when it had to be sent twice. */
  submitScore(board: string, score: number): Promise<Result<components['schemas']['Rank']>>
  /**
   * Lines of a board: from the top (`global`, the default) or around the player.
   * `next_cursor` goes into the next call's `cursor`; null at the end.
   */
  get(
    board: string,
    options?: { range?: 'global' | 'around_me'; limit?: number; cursor?: string },
  ): Promise<Result<{ items: BoardEntry[]; next_cursor: string | null }>>
}

export function createLeaderboards(session: Session): Leaderboards {
  return {
    submitScore: (board, score) =>
      attempt(() =>
        session.request({
          method: 'POST',
          path: `${path('leaderboards', board)}/scores`,
          body: { score },
          operationId: uuidv7(),
        }),
      ),
    get: (board, options = {}) =>
      attempt(() =>
        session.request({
          method: 'GET',
          path: path('leaderboards', board),
          query: { range: options.range, limit: options.limit, cursor: options.cursor },
        }),
      ),
  }
}
