import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'

const listed = {
  user_id: z.uuid(),
  username: z.string(),
  avatar_url: z.string().nullable(),
}

export const Friend = z.object({ ...listed, since: z.iso.datetime() }).meta({ id: 'Friend' })

export const FriendRequest = z
  .object({ ...listed, created_at: z.iso.datetime() })
  .meta({ id: 'FriendRequest' })

export const BlockedPlayer = z
  .object({ ...listed, blocked_at: z.iso.datetime() })
  .meta({ id: 'BlockedPlayer' })

export const FriendList = z.object({ items: z.array(Friend), next_cursor: z.string().nullable() })
export const BlockList = z.object({
  items: z.array(BlockedPlayer),
  next_cursor: z.string().nullable(),
})
export const FriendRequestList = z.object({
  items: z.array(FriendRequest),
  next_cursor: z.string().nullable(),
})

/** By id or by username, one of the two. */
export const WantedFriend = z
  .strictObject({ user_id: Id.optional(), username: text(1, 64).optional() })
  .refine(
    ({ user_id, username }) => (user_id === undefined) !== (username === undefined),
    'names a player by user_id or by username, one of the two',
  )

export const RequestsOf = Page.extend({
  /** `incoming`: what others have asked; `outgoing`: what the player has asked of others. */
  direction: z.enum(['incoming', 'outgoing']).default('incoming'),
})

export const OneOther = z.strictObject({ player_id: Id })

export const RequestAnswer = z.object({
  /** `friends` when the other had asked, too. */
  status: z.enum(['requested', 'friends']),
  user_id: z.uuid(),
})

export const FriendAnswer = z.object({
  friend: z.object({ user_id: z.uuid(), username: z.string() }),
})
