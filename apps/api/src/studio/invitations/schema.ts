import { z } from 'zod'
import { roles } from '../../gateway/roles.js'
import { Email, Id, text } from '../../gateway/shapes.js'
import { OrganizationAnswer } from '../organizations/schema.js'

const RoleOrNone = z.enum(roles).nullable()

export const Invitation = z
  .object({
    id: z.uuid(),
    email: z.string(),
    /** Null for who is to work through teams only. */
    role: RoleOrNone,
    team_ids: z.array(z.uuid()),
    state: z.enum(['pending', 'accepted', 'revoked', 'expired']),
    invited_by: z.uuid(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' })

export const InOrganization = z.strictObject({ organization_id: Id })
export const OneInvitation = z.strictObject({ organization_id: Id, invitation_id: Id })

export const NewInvitation = z
  .strictObject({
    email: Email,
    role: RoleOrNone.default(null),
    team_ids: z.array(Id).max(20).default([]),
  })
  .refine(({ role, team_ids }) => role !== null || team_ids.length > 0, {
    path: ['role'],
    error: 'is needed where no team is given',
  })
  .refine(({ team_ids }) => new Set(team_ids).size === team_ids.length, {
    path: ['team_ids'],
    error: 'names a team twice',
  })
export type NewInvitation = z.output<typeof NewInvitation>

export const InvitationAnswer = z.object({ invitation: Invitation })
export const InvitationList = z.object({
  items: z.array(Invitation),
  next_cursor: z.string().nullable(),
})
export const Acceptance = z.strictObject({ code: text(1, 200) })
export const Accepted = OrganizationAnswer
