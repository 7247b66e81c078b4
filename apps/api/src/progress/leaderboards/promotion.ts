import { Problem } from '@aethex/shared/errors'
import type { Promotable } from '../../gateway/promotable.js'
import { BoardRules } from './schema.js'
import { listBoards, putBoardRules } from './store.js'

/** The boards of an environment without their scores. Rules never change, so every board is at version 1. */
export const boardDefinitions: Promotable = {
  name: 'leaderboards',
  exportFrom: async (environmentId, db) =>
    new Map(
      (await listBoards(environmentId, db)).map(({ board_id, order, keep }) => [
        board_id,
        { value: { order, keep }, version: 1 },
      ]),
    ),
  put: async (environmentId, tx, boardId, { value }) => {
    const rules = BoardRules.parse(value)
    const stored = await putBoardRules(environmentId, tx, boardId, rules)
    if (stored?.order !== rules.order || stored.keep !== rules.keep) {
      throw new Problem('board_exists', {
        detail: `The leaderboard ${boardId} exists there with other rules.`,
      })
    }
    return 1
  },
}
