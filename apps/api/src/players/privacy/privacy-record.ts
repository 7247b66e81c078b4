import { notFound } from '@aethex/shared/errors'
import type { Ctx } from '../../gateway/context.js'
import { playerExists, standingOf } from '../age/service.js'
import { acceptanceProofs } from '../policies/service.js'
import { listDecisions } from './consent-store.js'
import { listParentalConsents } from './parental-store.js'

const mostDecisions = 500

/** What a studio can show when it is asked what a player, or a child's parent, agreed to. */
export async function readPrivacyRecord(ctx: Ctx, environmentId: string, playerId: string) {
  if (!(await playerExists(environmentId, ctx.db, playerId))) throw notFound()
  const [decisions, acceptances, consents, standing] = await Promise.all([
    listDecisions(environmentId, ctx.db, playerId, mostDecisions),
    acceptanceProofs(environmentId, ctx.db, playerId),
    listParentalConsents(environmentId, ctx.db, playerId),
    standingOf(ctx, environmentId, playerId),
  ])
  return {
    decisions: decisions.map(row => ({ ...row, decided_at: row.decided_at.toISOString() })),
    acceptances,
    is_child: standing.isChild,
    parental_consents: consents.map(row => ({
      method: row.method,
      notice_version: row.notice_version,
      policy_version: row.policy_version,
      grants: row.grants,
      requested_at: row.requested_at.toISOString(),
      given_at: row.given_at?.toISOString() ?? null,
      network: row.network,
      device_name: row.device_name,
      confirmed_at: row.confirmed_at?.toISOString() ?? null,
      revoked_at: row.revoked_at?.toISOString() ?? null,
    })),
  }
}
