import { audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx } from '../../gateway/context.js'
import { lockOrganization } from '../organizations/service.js'
import { type Page, pageById } from './page-by-id.js'
import {
  addTeam,
  countTeams,
  findTeam,
  listTeamRows,
  removeTeam,
  renameTeam,
  type TeamRow,
} from './store.js'
import { asRefusal, write } from './write.js'

export {
  assertMayJoin,
  grantProject,
  joinTeam,
  leaveTeam,
  listTeamMembers,
  listTeamProjects,
  revokeProject,
} from './places.js'
export { addTeamMember, knownTeams, rolesOfTeams } from './store.js'

const maxTeams = 200

const toTeam = ({ created_at, ...row }: TeamRow) => ({
  ...row,
  created_at: created_at.toISOString(),
})

async function getTeam(organizationId: string, db: Db, teamId: string) {
  const row = await findTeam(organizationId, db, teamId)
  if (row === undefined) throw notFound()
  return { team: toTeam(row) }
}

/** Makes a team without members and projects. Throws `name_taken` or `limit_reached`. */
export async function createTeam(ctx: Ctx, organizationId: string, name: string) {
  const id = uuidv7()
  try {
    return await once(ctx.db, ctx.idempotency, db =>
      db.transaction(async tx => {
        await lockOrganization(organizationId, tx)
        if ((await countTeams(organizationId, tx)) >= maxTeams) {
          throw new Problem('limit_reached', { extensions: { allowed: maxTeams } })
        }
        await addTeam(organizationId, tx, id, name)
        await audit(tx, {
          organizationId,
          actor: auditActorOf(ctx),
          action: 'teams.create',
          target: id,
          details: { name },
          requestId: ctx.requestId,
        })
        return getTeam(organizationId, tx, id)
      }),
    )
  } catch (error) {
    throw asRefusal(error)
  }
}

export async function listTeams(ctx: Ctx, organizationId: string, page: Page) {
  const { items, next_cursor } = await pageById(
    page,
    of => listTeamRows(organizationId, ctx.db, of),
    row => row.id,
  )
  return { items: items.map(toTeam), next_cursor }
}

export const readTeam = (ctx: Ctx, organizationId: string, teamId: string) =>
  getTeam(organizationId, ctx.db, teamId)

/** Renames a team. Throws `name_taken`. */
export const writeTeam = (ctx: Ctx, organizationId: string, teamId: string, name: string) =>
  write(
    ctx,
    organizationId,
    { action: 'teams.write', target: teamId, details: { name } },
    async tx => {
      if (!(await renameTeam(organizationId, tx, teamId, name))) throw notFound()
      return getTeam(organizationId, tx, teamId)
    },
  )

/** Deletes a team: what its members could do through it they cannot at their next call. */
export const deleteTeam = (ctx: Ctx, organizationId: string, teamId: string) =>
  write(ctx, organizationId, { action: 'teams.delete', target: teamId }, async tx => {
    if (!(await removeTeam(organizationId, tx, teamId))) throw notFound()
  })
