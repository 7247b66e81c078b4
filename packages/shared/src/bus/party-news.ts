import { z } from 'zod'
import { PartyInvitationShape, PartyShape } from '../parties/shapes.js'

/** Whom it is told to. */
const told = { environment_id: z.uuid(), player_id: z.uuid() }

/** Why somebody is in a party no more. */
export const PartyLeaving = z.enum(['left', 'kicked', 'ended'])

export const GroupChange = z.object({
  group_id: z.uuid(),
  name: z.string(),
  /** `updated` is what the group says of itself; the others are about `player`. */
  change: z.enum([
    'updated',
    'deleted',
    'joined',
    'left',
    'kicked',
    'banned',
    'role_changed',
    'requested',
    'refused',
    'invited',
    'uninvited',
  ]),
  player: z.object({ player_id: z.uuid(), username: z.string() }).nullable(),
  /** What that player is in the group now. */
  role: z.enum(['leader', 'officer', 'member']).nullable(),
})
export type GroupChange = z.infer<typeof GroupChange>

export const partyAndGroupNews = [
  z.object({
    topic: z.literal('party.updated'),
    payload: z.object({ ...told, party: PartyShape }),
  }),
  z.object({
    topic: z.literal('party.left'),
    payload: z.object({ ...told, party_id: z.uuid(), reason: PartyLeaving }),
  }),
  z.object({
    topic: z.literal('party.invited'),
    payload: z.object({ ...told, invitation: PartyInvitationShape }),
  }),
  z.object({
    topic: z.literal('party.uninvited'),
    payload: z.object({ ...told, invitation_id: z.uuid() }),
  }),
  z.object({
    topic: z.literal('group.updated'),
    payload: z.object({ ...told, group: GroupChange }),
  }),
] as const
