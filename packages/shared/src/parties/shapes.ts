import { z } from 'zod'

const named = { player_id: z.uuid(), username: z.string() }

/** A party as its members see it. */
export const PartyShape = z.object({
  party_id: z.uuid(),
  leader_id: z.uuid(),
  /** Whoever knows its id may join. */
  is_open: z.boolean(),
  max_size: z.int(),
  /** What the leader has written for the game, such as the mode that was chosen. */
  data: z.record(z.string(), z.unknown()),
  /** Grows with every change of the party, its members and its invitations. */
  version: z.int(),
  created_at: z.iso.datetime(),
  /** Longest-serving first. */
  members: z.array(z.object({ ...named, ready: z.boolean(), joined_at: z.iso.datetime() })),
  /** Those who have not answered yet. */
  invitations: z.array(
    z.object({
      invitation_id: z.uuid(),
      ...named,
      inviter_id: z.uuid(),
      expires_at: z.iso.datetime(),
    }),
  ),
})
export type PartyShape = z.infer<typeof PartyShape>

/** What players are called together for. */
export const ActivityShape = z.object({
  /** Such as `raid`. */
  kind: z.string(),
  /** As the game shows it. */
  name: z.string(),
  starts_at: z.iso.datetime().nullable(),
})

/** An invitation as the one invited sees it. */
export const PartyInvitationShape = z.object({
  invitation_id: z.uuid(),
  party_id: z.uuid(),
  inviter: z.object(named),
  activity: ActivityShape.nullable(),
  /** How many are in the party, and how many may be. */
  size: z.int(),
  max_size: z.int(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
export type PartyInvitationShape = z.infer<typeof PartyInvitationShape>
