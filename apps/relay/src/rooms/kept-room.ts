import { z } from 'zod'
import { PlayerState, ServerMessage } from '../protocol/messages.js'
import { type Member, newMember } from './member.js'
import type { Tracked } from './state-table.js'

const count = z.int().min(0)
const Log = z.object({
  seq: count,
  entries: z.array(z.object({ message: ServerMessage, bytes: count })),
})

/** A room on its way from one node to another. */
export const KeptRoom = z.object({
  log: Log,
  tick: count,
  things: z.array(z.object({ ref: count, key: z.string(), state: PlayerState })),
  members: z.array(
    z.object({
      player_id: z.string(),
      username: z.string(),
      ref: count,
      state: PlayerState.nullable(),
      resume_token: z.string(),
      taken_ids: z.array(z.int()),
      own: Log,
    }),
  ),
  lobby: z
    .object({ ready: z.array(z.string()), teams: z.record(z.string(), z.string()) })
    .optional(),
  /** What the room's kind needs. */
  kind: z.unknown().optional(),
})
export type KeptRoom = z.output<typeof KeptRoom>

type KeptMember = KeptRoom['members'][number]

/** A seat for another node. */
export const keptMember = ({ playerId, username, shown, ...member }: Member): KeptMember => ({
  player_id: playerId,
  username,
  ref: shown.ref,
  state: shown.isShown ? shown.state : null,
  resume_token: member.resumeToken,
  taken_ids: member.taken.snapshot(),
  own: member.own.snapshot(),
})

/** The seat as another node had it; nobody speaks there yet. */
export function memberOf(kept: KeptMember, shown: Tracked): Member {
  const member = newMember(kept.player_id, kept.username, shown)
  member.resumeToken = kept.resume_token
  member.taken.restore(kept.taken_ids)
  member.own.restore(kept.own)
  return member
}
