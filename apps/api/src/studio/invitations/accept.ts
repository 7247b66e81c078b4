import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, memberOf } from '../../gateway/context.js'
import { mayGrant, type Role, scopesOf } from '../../gateway/roles.js'
import { findMember, hashCode, markAddressVerified } from '../members/service.js'
import { enterOrganization, findMemberRole, lockOrganization } from '../organizations/service.js'
import { addTeamMember, knownTeams, rolesOfTeams } from '../teams/service.js'
import { findInvitationByCode, type InvitationRow, useInvitation } from './store.js'

/** Whether whoever vouches for an invitation may still grant all that it grants. */
async function isVouchedFor(tx: Db, row: InvitationRow): Promise<boolean> {
  const inviter = await findMemberRole(row.organization_id, tx, row.invited_by)
  if (inviter === undefined || inviter === null) return false
  if (!scopesOf([inviter]).has('members:write')) return false
  const fromTeams = await rolesOfTeams(row.organization_id, tx, row.team_ids)
  const granted: Role[] = row.role === null ? fromTeams : [row.role, ...fromTeams]
  return granted.every(role => mayGrant([inviter], role))
}

/**
 * Takes the caller into the organisation that invited their address. The code was sent to that address and to no other,
 * so it also verifies it. Throws `code_invalid`, or `forbidden` when the letter was for another address.
 */
export async function acceptInvitation(ctx: Ctx, code: string) {
  const { memberId } = memberOf(ctx)
  const hash = hashCode(code)
  return ctx.db.transaction(async tx => {
    const found = await findInvitationByCode(hash, tx, ctx.now())
    if (found === undefined) throw new Problem('code_invalid')
    const { organization_id: organizationId } = found
    await lockOrganization(organizationId, tx).catch(() => {
      throw new Problem('code_invalid')
    })
    const member = await findMember(tx, memberId)
    if (member?.email_key !== found.email_key) {
      throw new Problem('forbidden', {
        detail: 'The invitation is for another e-mail address than that of this account.',
      })
    }
    const row = await useInvitation(hash, tx, memberId, ctx.now())
    if (row === undefined || !(await isVouchedFor(tx, row))) throw new Problem('code_invalid')
    await markAddressVerified(tx, memberId, row.email_key)
    const organization = await enterOrganization(organizationId, tx, memberId, row.role)
    for (const teamId of await knownTeams(organizationId, tx, row.team_ids)) {
      await addTeamMember(organizationId, tx, teamId, memberId)
    }
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action: 'invitations.accept',
      target: row.id,
      details: { role: row.role, team_ids: row.team_ids },
      requestId: ctx.requestId,
    })
    return { organization }
  })
}
