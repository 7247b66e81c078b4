import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import type { z } from 'zod'
import { type Ctx, tenantOf } from '../../gateway/context.js'
import type { Role } from '../../gateway/roles.js'
import { assertMayGrant, lockOrganization } from '../organizations/service.js'
import { type Page, pageById } from './page-by-id.js'
import { TeamRole } from './schema.js'
import {
  addTeamMember,
  findTeam,
  listTeamMemberRows,
  listTeamProjectRows,
  putTeamProject,
  removeTeamMember,
  removeTeamProject,
  rolesOfTeams,
} from './store.js'
import { write } from './write.js'

/** Throws `not_found`. */
async function assertTeam(organizationId: string, db: Db, teamId: string): Promise<void> {
  if ((await findTeam(organizationId, db, teamId)) === undefined) throw notFound()
}

export async function listTeamMembers(
  ctx: Ctx,
  organizationId: string,
  teamId: string,
  page: Page,
) {
  await assertTeam(organizationId, ctx.db, teamId)
  return pageById(
    page,
    of => listTeamMemberRows(organizationId, ctx.db, teamId, of),
    row => row.member_id,
  )
}

/** Throws `forbidden` when joining these teams would allow more than the caller has. */
export async function assertMayJoin(
  organizationId: string,
  tx: Db,
  held: readonly Role[],
  teamIds: readonly string[],
): Promise<void> {
  for (const role of await rolesOfTeams(organizationId, tx, teamIds)) assertMayGrant(held, role)
}

/** Takes somebody of the organisation into a team; doing it again changes nothing. */
export const joinTeam = (ctx: Ctx, organizationId: string, teamId: string, memberId: string) =>
  write(
    ctx,
    organizationId,
    { action: 'teams.add_member', target: teamId, details: { member_id: memberId } },
    async tx => {
      await lockOrganization(organizationId, tx)
      await assertMayJoin(organizationId, tx, tenantOf(ctx).roles, [teamId])
      await addTeamMember(organizationId, tx, teamId, memberId)
    },
  )

export const leaveTeam = (ctx: Ctx, organizationId: string, teamId: string, memberId: string) =>
  write(
    ctx,
    organizationId,
    { action: 'teams.remove_member', target: teamId, details: { member_id: memberId } },
    async tx => {
      if (!(await removeTeamMember(organizationId, tx, teamId, memberId))) throw notFound()
    },
  )

export async function listTeamProjects(
  ctx: Ctx,
  organizationId: string,
  teamId: string,
  page: Page,
) {
  await assertTeam(organizationId, ctx.db, teamId)
  const { items, next_cursor } = await pageById(
    page,
    of => listTeamProjectRows(organizationId, ctx.db, teamId, of),
    row => row.project_id,
  )
  return { items: items.map(row => ({ ...row, role: TeamRole.parse(row.role) })), next_cursor }
}

/** Gives a team a role on a project, or another one. */
export const grantProject = (
  ctx: Ctx,
  organizationId: string,
  teamId: string,
  grant: { projectId: string; role: z.output<typeof TeamRole> },
) =>
  write(
    ctx,
    organizationId,
    {
      action: 'teams.grant_project',
      target: teamId,
      details: { project_id: grant.projectId, role: grant.role },
    },
    async tx => {
      // The same lock as for joining: nobody joins while the team is given more.
      await lockOrganization(organizationId, tx)
      assertMayGrant(tenantOf(ctx).roles, grant.role)
      const row = await putTeamProject(organizationId, tx, teamId, grant.projectId, grant.role)
      if (row === undefined) throw notFound()
      return { project: { project_id: row.project_id, name: row.name, role: grant.role } }
    },
  )

export const revokeProject = (
  ctx: Ctx,
  organizationId: string,
  teamId: string,
  projectId: string,
) =>
  write(
    ctx,
    organizationId,
    { action: 'teams.revoke_project', target: teamId, details: { project_id: projectId } },
    async tx => {
      if (!(await removeTeamProject(organizationId, tx, teamId, projectId))) throw notFound()
    },
  )
