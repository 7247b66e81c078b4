import { audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, memberOf, tenantOf } from '../../gateway/context.js'
import type { Role } from '../../gateway/roles.js'
import { emailKey } from '../../players/auth/service.js'
import { findMember, hashCode, mintCode } from '../members/service.js'
import { assertMayGrant, hasMemberWithAddress, lockOrganization } from '../organizations/service.js'
import { assertMayJoin, knownTeams } from '../teams/service.js'
import type { NewInvitation } from './schema.js'
import {
  addInvitation,
  countInvitations,
  type InvitationRow,
  listInvitationRows,
  lockInvitation,
  renewInvitation,
  revokeInvitationRow,
  revokeInvitationsFor,
} from './store.js'

export { acceptInvitation } from './accept.js'

const days = 7
const maxOpen = 100
const maxPerDay = 200
const tooManyLetters = 3_600

function stateOf(row: InvitationRow, now: Date) {
  if (row.accepted_at !== null) return 'accepted' as const
  if (row.revoked_at !== null) return 'revoked' as const
  return row.expires_at <= now ? ('expired' as const) : ('pending' as const)
}

const toInvitation = (row: InvitationRow, now: Date) => ({
  id: row.id,
  email: row.email,
  role: row.role,
  team_ids: row.team_ids,
  state: stateOf(row, now),
  invited_by: row.invited_by,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})

/** Throws `rate_limited` when the address has had its letters for this hour. */
async function sendLetter(
  ctx: Ctx,
  tx: Db,
  invitation: { email: string; role: Role | null; organization: string },
  code: string,
): Promise<void> {
  const inviter = await findMember(tx, memberOf(ctx).memberId)
  const sent = await ctx.mail.queue(tx, {
    environmentId: null,
    to: invitation.email,
    template: 'invitation',
    values: {
      organization: invitation.organization,
      inviter: inviter?.name ?? '',
      role: invitation.role ?? '',
      code,
    },
  })
  if (sent) return
  throw new Problem('rate_limited', {
    detail: 'This address has had as many invitations as it gets in an hour.',
    headers: { 'retry-after': String(tooManyLetters) },
  })
}

/** Throws `forbidden` when the invitation would allow more than the caller has. */
async function assertMayInvite(
  ctx: Ctx,
  organizationId: string,
  tx: Db,
  { role, team_ids: teamIds }: Pick<InvitationRow, 'role' | 'team_ids'>,
): Promise<void> {
  const { roles } = tenantOf(ctx)
  if (role !== null) assertMayGrant(roles, role)
  await assertMayJoin(organizationId, tx, roles, teamIds)
}

async function assertTeamsExist(organizationId: string, tx: Db, teamIds: readonly string[]) {
  const known = new Set(await knownTeams(organizationId, tx, teamIds))
  const errors = teamIds.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `/team_ids/${index}`, reason: 'is not a team here' }],
  )
  if (errors.length > 0) throw new Problem('invalid_request', { errors })
}

async function assertRoom(ctx: Ctx, organizationId: string, tx: Db): Promise<void> {
  const { open, recent } = await countInvitations(organizationId, tx, ctx.now())
  if (open >= maxOpen) throw new Problem('limit_reached', { extensions: { allowed: maxOpen } })
  if (recent >= maxPerDay)
    throw new Problem('limit_reached', { extensions: { allowed: maxPerDay } })
}

const expiry = (ctx: Ctx) => new Date(ctx.now().getTime() + days * 86_400_000)

const auditInvitation = (
  ctx: Ctx,
  organizationId: string,
  tx: Db,
  action: string,
  row: Pick<InvitationRow, 'id' | 'role' | 'team_ids'>,
) =>
  audit(tx, {
    organizationId,
    actor: auditActorOf(ctx),
    action,
    target: row.id,
    details: { role: row.role, team_ids: row.team_ids },
    requestId: ctx.requestId,
  })

/**
 * Invites an address by letter. What it was invited to before is void: there is one code that works.
 * Throws `already_member`, `limit_reached`, `forbidden`, or `rate_limited`.
 */
export async function createInvitation(ctx: Ctx, organizationId: string, input: NewInvitation) {
  const key = emailKey(input.email)
  const code = mintCode()
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const { name } = await lockOrganization(organizationId, tx)
      await assertTeamsExist(organizationId, tx, input.team_ids)
      await assertMayInvite(ctx, organizationId, tx, input)
      if (await hasMemberWithAddress(organizationId, tx, key)) throw new Problem('already_member')
      await revokeInvitationsFor(organizationId, tx, key)
      await assertRoom(ctx, organizationId, tx)
      const added = await addInvitation(organizationId, tx, {
        id: uuidv7(),
        email: input.email.trim(),
        email_key: key,
        role: input.role,
        team_ids: input.team_ids,
        invited_by: memberOf(ctx).memberId,
        expires_at: expiry(ctx),
        code_hash: hashCode(code),
      })
      await sendLetter(ctx, tx, { ...added, organization: name }, code)
      await auditInvitation(ctx, organizationId, tx, 'invitations.create', added)
      return { invitation: toInvitation(added, ctx.now()) }
    }),
  )
}

/** The invitations of an organisation, newest first, those that are over included. */
export async function listInvitations(
  ctx: Ctx,
  organizationId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listInvitationRows(organizationId, ctx.db, after, page.limit + 1)
  return pageOf(
    rows,
    page.limit,
    row => toInvitation(row, ctx.now()),
    row => row.id,
  )
}

/** Sends another code, good for another week; the one before is void. The caller now vouches for it. */
export async function resendInvitation(ctx: Ctx, organizationId: string, id: string) {
  const code = mintCode()
  const row = await ctx.db.transaction(async tx => {
    const { name } = await lockOrganization(organizationId, tx)
    const before = await lockInvitation(organizationId, tx, id)
    if (before === undefined) throw notFound()
    await assertMayInvite(ctx, organizationId, tx, before)
    const renewed = await renewInvitation(organizationId, tx, id, {
      codeHash: hashCode(code),
      expiresAt: expiry(ctx),
      invitedBy: memberOf(ctx).memberId,
    })
    if (renewed === undefined) throw notFound()
    await sendLetter(ctx, tx, { ...renewed, organization: name }, code)
    await auditInvitation(ctx, organizationId, tx, 'invitations.resend', renewed)
    return renewed
  })
  return { invitation: toInvitation(row, ctx.now()) }
}

/** Takes an invitation back: its code is void. */
export async function revokeInvitation(ctx: Ctx, organizationId: string, id: string) {
  await ctx.db.transaction(async tx => {
    const row = await lockInvitation(organizationId, tx, id)
    if (row === undefined || !(await revokeInvitationRow(organizationId, tx, id))) throw notFound()
    await auditInvitation(ctx, organizationId, tx, 'invitations.revoke', row)
  })
}
