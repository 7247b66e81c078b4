import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'

export const Environment = z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'Environment' })

export const Project = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid(),
    name: z.string(),
    environments: z.array(Environment),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Project' })

export const InOrganization = z.strictObject({ organization_id: Id })
export const NewProject = z.strictObject({ name: text(1, 100) })
export const ProjectAnswer = z.object({ project: Project })
export const ProjectList = z.object({ items: z.array(Project), next_cursor: z.string().nullable() })
