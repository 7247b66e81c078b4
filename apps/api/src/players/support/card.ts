import { notFound } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { findResetDemand, listBans } from '../standing/service.js'
import { isInForce, toBan } from './bans.js'
import { tierOf } from './search.js'
import {
  type AccountRow,
  findAccount,
  listConsents,
  listDevices,
  listIdentities,
  listSessions,
} from './store.js'

type SessionRow = Awaited<ReturnType<typeof listSessions>>[number]

const toSession = ({ revoked_at, revoked_reason, ...row }: SessionRow) => ({
  id: row.id,
  method: row.method,
  device_name: row.device_name,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  ended_at: revoked_at?.toISOString() ?? null,
  ended_reason: revoked_reason,
})

const accountOf = (row: AccountRow) => ({
  id: row.id,
  username: row.username,
  avatar_url: row.avatar_url,
  locale: row.locale,
  email: row.email,
  email_verified: row.verified_at !== null,
  tier: tierOf({ ...row, has_other_way: row.identities + row.passkeys > 0 }),
  created_at: row.created_at.toISOString(),
  has_password: row.has_password,
  has_second_factor: row.has_totp,
  counts: {
    saves: row.saves,
    scores: row.scores,
    live_sessions: row.live_sessions,
    passkeys: row.passkeys,
    bans: row.bans,
    notes: row.notes,
  },
})

/** All that support needs to know of a player, read in one transaction behind the wall. Throws `not_found`. */
export async function readCard(ctx: Ctx, playerId: string) {
  const environmentId = environmentOf(ctx)
  const now = ctx.now()
  return ctx.db.within(environmentId, async tx => {
    const account = await findAccount(environmentId, tx, playerId, now)
    if (account === undefined) throw notFound()
    const [newestBan] = await listBans(environmentId, tx, playerId, undefined, 1)
    const demand = await findResetDemand(environmentId, tx, playerId)
    const identities = await listIdentities(environmentId, tx, playerId)
    const consents = await listConsents(environmentId, tx, playerId)
    const ban = newestBan && isInForce(newestBan, now) ? toBan(newestBan, now) : null
    const player = {
      ...accountOf(account),
      banned: ban !== null,
      ban,
      password_reset_required: demand !== undefined,
      identities: identities.map(row => ({ ...row, linked_at: row.linked_at.toISOString() })),
      sessions: (await listSessions(environmentId, tx, playerId)).map(toSession),
      devices: (await listDevices(environmentId, tx, playerId)).map(row => ({
        created_at: row.created_at.toISOString(),
      })),
      consents: consents.map(row => ({ ...row, decided_at: row.decided_at.toISOString() })),
    }
    return { player }
  })
}
