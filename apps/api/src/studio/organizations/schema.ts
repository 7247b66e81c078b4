import { scopes } from '@aethex/shared/http'
import { z } from 'zod'
import { roles } from '../../gateway/roles.js'
import { Id, text } from '../../gateway/shapes.js'

/** Null for who works through teams only. */
export const RoleOrNone = z.enum(roles).nullable()

export const Organization = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** The caller's. */
    role: RoleOrNone,
    /** Whether members without a second factor are kept out. */
    mfa_required: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Organization' })

export const InOrganization = z.strictObject({ organization_id: Id })
export const OfMember = z.strictObject({ organization_id: Id, member_id: Id })

export const NewOrganization = z.strictObject({ name: text(1, 100) })
export const OrganizationChange = z.strictObject({
  name: text(1, 100).optional(),
  mfa_required: z.boolean().optional(),
})
export const OrganizationAnswer = z.object({ organization: Organization })
export const OrganizationDetail = z.object({
  organization: Organization,
  /** What the caller may do there. */
  scopes: z.array(z.enum(scopes)),
})
export const OrganizationList = z.object({
  items: z.array(Organization),
  next_cursor: z.string().nullable(),
})

/** Says by its name what is to be deleted, so that nobody deletes the wrong thing. */
export const Confirmation = z.strictObject({ name: text(1, 100) })

export const OrganizationMember = z
  .object({
    member_id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role: RoleOrNone,
    team_ids: z.array(z.uuid()),
    joined_at: z.iso.datetime(),
  })
  .meta({ id: 'OrganizationMember' })
export const RoleChange = z.strictObject({ role: RoleOrNone })
export const OrganizationMemberAnswer = z.object({ member: OrganizationMember })
export const OrganizationMemberList = z.object({
  items: z.array(OrganizationMember),
  next_cursor: z.string().nullable(),
})
