import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'

export const BoardId = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'is not 1 to 64 of a-z, 0-9, _ and -')

export const OfBoard = z.strictObject({ board_id: BoardId })

export const BoardRules = z.strictObject({
  /** Whether the lowest (`asc`) or the highest (`desc`) score leads. */
  order: z.enum(['asc', 'desc']),
  /** Which of a player's scores counts. */
  keep: z.enum(['best', 'last', 'sum']),
})
export type BoardRules = z.output<typeof BoardRules>

export const Board = z
  .object({
    board_id: z.string(),
    order: z.enum(['asc', 'desc']),
    keep: z.enum(['best', 'last', 'sum']),
  })
  .meta({ id: 'Board' })
export const BoardAnswer = z.object({ board: Board })

/** Whole numbers that every reader of JSON keeps exactly. */
export const NewScore = z.strictObject({ score: z.int() })

/** The player's place after the write, and the score that counts. */
export const Rank = z.object({ rank: z.int(), score: z.int() }).meta({ id: 'Rank' })

export const BoardEntry = z
  .object({ rank: z.int(), user_id: z.uuid(), username: z.string(), score: z.int() })
  .meta({ id: 'BoardEntry' })
export const BoardPage = z.object({
  items: z.array(BoardEntry),
  next_cursor: z.string().nullable(),
})

export const ReadBoard = z.strictObject({
  range: z.enum(['global', 'around_me']).default('global'),
  limit: queryInteger(1, 100).default(10),
  cursor: z.string().max(512).optional(),
})
