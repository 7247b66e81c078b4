import { z } from 'zod'
import { Id, Session, text } from '../../gateway/shapes.js'
import { User } from '../auth/schema.js'

export const Merge = z
  .object({
    id: z.uuid(),
    /** The account that goes on. */
    player_id: z.uuid(),
    /** The account that was closed. */
    merged_player_id: z.uuid(),
    state: z.enum(['merged', 'undone', 'final']),
    created_at: z.iso.datetime(),
    undo_until: z.iso.datetime(),
  })
  .meta({ id: 'Merge' })

const Side = z.object({
  id: z.uuid(),
  username: z.string(),
  avatar_url: z.string().nullable(),
  created_at: z.iso.datetime(),
  /** What it holds, by feature. */
  holds: z.record(z.string(), z.unknown()),
})

export const MergeOffer = z
  .object({
    merge_token: z.string(),
    /** Seconds. */
    expires_in: z.int(),
    preview: z.object({ mine: Side, theirs: Side }),
  })
  .meta({ id: 'MergeOffer' })

/** The access token of a session of the other account that has lately proven who it is. */
export const OtherAccount = z.strictObject({ other_access_token: text(1, 2_048) })
export const MergeConfirmation = z.strictObject({
  merge_token: text(1, 64),
  /** Which of the two goes on, with its id, its name and its profile. */
  keep: z.enum(['mine', 'theirs']),
})
export const OneMerge = z.strictObject({ merge_id: Id })
export const OneMergeOf = z.strictObject({ environment_id: Id, merge_id: Id })

export const MergeAnswer = z.object({ merge: Merge })
export const MergeDone = z.object({ merge: Merge, user: User, session: Session })
export const MergeList = z.object({ items: z.array(Merge), next_cursor: z.null() })
