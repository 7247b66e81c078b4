import { z } from 'zod'
import { roles } from '../../gateway/roles.js'
import { Id, text } from '../../gateway/shapes.js'

export const Team = z
  .object({
    id: z.uuid(),
    name: z.string(),
    members: z.int(),
    projects: z.int(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Team' })

export const InOrganization = z.strictObject({ organization_id: Id })
export const OneTeam = z.strictObject({ organization_id: Id, team_id: Id })
export const TeamMemberPath = z.strictObject({ organization_id: Id, team_id: Id, member_id: Id })
export const TeamProjectPath = z.strictObject({
  organization_id: Id,
  team_id: Id,
  team_project_id: Id,
})

export const NewTeam = z.strictObject({ name: text(1, 100) })
export const TeamAnswer = z.object({ team: Team })
export const TeamList = z.object({ items: z.array(Team), next_cursor: z.string().nullable() })

export const TeamMember = z
  .object({ member_id: z.uuid(), name: z.string(), email: z.string() })
  .meta({ id: 'TeamMember' })
export const TeamMemberList = z.object({
  items: z.array(TeamMember),
  next_cursor: z.string().nullable(),
})

/** Owners are of organisations: no team makes somebody one. */
export const TeamRole = z.enum(roles).exclude(['owner'])
export const TeamGrant = z.strictObject({ role: TeamRole })
export const TeamProject = z
  .object({ project_id: z.uuid(), name: z.string(), role: TeamRole })
  .meta({ id: 'TeamProject' })
export const TeamProjectAnswer = z.object({ project: TeamProject })
export const TeamProjectList = z.object({
  items: z.array(TeamProject),
  next_cursor: z.string().nullable(),
})
