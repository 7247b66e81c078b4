import { z } from 'zod'
import { roles } from '../../gateway/roles.js'
import { text } from '../../gateway/shapes.js'

export const Organization = z
  .object({ id: z.uuid(), name: z.string(), role: z.enum(roles).nullable(), created_at: z.iso.datetime() })
  .meta({ id: 'Organization' })

export const NewOrganization = z.strictObject({ name: text(1, 100) })
export const OrganizationAnswer = z.object({ organization: Organization })
export const OrganizationList = z.object({
  items: z.array(Organization),
  next_cursor: z.string().nullable(),
})
