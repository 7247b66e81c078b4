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
export const OneProject = z.strictObject({ project_id: Id })
export const OneEnvironment = z.strictObject({ environment_id: Id })

export const NewProject = z.strictObject({ name: text(1, 100) })
export const ProjectChange = z.strictObject({ name: text(1, 100).optional() })
export const ProjectAnswer = z.object({ project: Project })
export const ProjectList = z.object({ items: z.array(Project), next_cursor: z.string().nullable() })

export const EnvironmentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'is not 1 to 40 of a-z, 0-9 and -, beginning with a letter')
export const NewEnvironment = z.strictObject({ name: EnvironmentName })
export const EnvironmentAnswer = z.object({ environment: Environment })
export const EnvironmentList = z.object({ items: z.array(Environment), next_cursor: z.null() })

/** Says by its name what is to be deleted, so that nobody deletes the wrong thing. */
export const Named = z.strictObject({ name: text(1, 100) })
