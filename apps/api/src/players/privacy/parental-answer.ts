import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Ctx, Parts } from '../../gateway/context.js'
import { networkOf } from '../../gateway/network-of.js'
import { readSetting } from '../../studio/settings/service.js'
import { keepParentGrants, standingOf } from '../age/service.js'
import { policiesFor, policiesInForce } from '../policies/service.js'
import { takeTurnToDecide } from './consent-store.js'
import { permissionsOf, writeDecisions } from './consents.js'
import { hashCode, mintCode } from './parental-codes.js'
import type { Grants } from './parental-schema.js'
import {
  addToken,
  endConsents,
  findChild,
  keepGiven,
  lockByCode,
  type ParentalRow,
} from './parental-store.js'
import { parentGrants, purposes } from './schema.js'
import { parentalConsent } from './settings.js'
import { tellPermissions } from './telling.js'

const hourMs = 3_600_000

/** What a parent sees of their consent. */
export const toParentConsent = (row: ParentalRow) => ({
  given_at: (row.given_at ?? row.requested_at).toISOString(),
  grants: row.grants,
  notice_version: row.notice_version,
  policy_version: row.policy_version,
  revoked_at: row.revoked_at?.toISOString() ?? null,
})

export const namesOf = (grants: Grants) => parentGrants.filter(grant => grants[grant])

/**
 * A letter proves too little where a child's data goes to others: under COPPA e-mail plus is for what stays
 * with the operator (16 CFR 312.5(b)(2)(vi)).
 */
export function assertLetterIsEnough(country: string | null, grants: Grants): void {
  if (country === 'US' && grants.third_parties) throw new Problem('stronger_consent_required')
}

async function lockOpen(ctx: Ctx, tx: Db, code: string): Promise<ParentalRow> {
  const row = await lockByCode(hashCode(code), tx)
  const isOpen =
    row !== undefined &&
    row.given_at === null &&
    row.code_expires_at.getTime() > ctx.now().getTime()
  if (!isOpen) throw new Problem('code_invalid')
  return row
}

/** What the letter asks for: who the child is, what can be allowed, and the policies. It leaves the code good. */
export async function readNotice(ctx: Ctx, code: string) {
  const row = await ctx.db.transaction(tx => lockOpen(ctx, tx, code))
  const child = await findChild(row.environment_id, ctx.db, row.player_id)
  if (child === undefined) throw new Problem('code_invalid')
  const policies = await policiesFor(ctx, row.environment_id, row.locale ?? undefined)
  return {
    child: { username: child.username },
    grants: [...parentGrants],
    policies: policies.map(({ kind, version, title, url, text }) => ({
      kind,
      version,
      title,
      url,
      text,
    })),
    expires_at: row.code_expires_at.toISOString(),
  }
}

/** Lets count what a parent allows: for the child's standing, and as decisions about the purposes. */
export async function applyGrants(
  ctx: Ctx,
  tx: Db,
  row: ParentalRow,
  { agreed, grants }: { agreed: boolean; grants: readonly string[] },
): Promise<void> {
  const { environment_id: environmentId, player_id: playerId } = row
  await takeTurnToDecide(environmentId, tx, playerId)
  await keepParentGrants(environmentId, tx, playerId, agreed, grants)
  const policies = await policiesInForce(ctx, environmentId)
  const changes = Object.fromEntries(
    purposes.map(purpose => [purpose, agreed && grants.includes(purpose)]),
  )
  await writeDecisions(environmentId, tx, playerId, changes, {
    source: 'parent',
    policies,
    locale: row.locale,
    deviceName: ctx.deviceName,
    now: ctx.now(),
  })
}

/** Writes down what a parent did; nobody of ours did it, and the parent has no account. */
export const auditParent = (
  ctx: Ctx,
  tx: Db,
  row: ParentalRow,
  action: string,
  details: Record<string, string | number | boolean | null | readonly string[]> = {},
) =>
  audit(tx, {
    environmentId: row.environment_id,
    actor: { kind: 'parent', id: row.id },
    action,
    target: row.player_id,
    details,
    requestId: ctx.requestId,
  })

/** Mints what a parent looks after the account with; only its hash is kept. */
export async function addParentToken(
  parts: Pick<Parts, 'now'>,
  tx: Db,
  row: ParentalRow,
): Promise<string> {
  const token = mintCode('pt')
  await addToken(row.environment_id, tx, {
    hash: hashCode(token),
    consentId: row.id,
    createdAt: parts.now(),
  })
  return token
}

/** Takes a parent's consent. A code works once: of any number of callers one succeeds, the others get `code_invalid`. */
export async function giveParentalConsent(ctx: Ctx, input: { code: string; grants: Grants }) {
  const given = await ctx.db.transaction(async tx => {
    const open = await lockOpen(ctx, tx, input.code)
    const environmentId = open.environment_id
    const { isChild, country } = await standingOf(ctx, environmentId, open.player_id, tx)
    if (!isChild) throw new Problem('code_invalid')
    assertLetterIsEnough(country, input.grants)
    const now = ctx.now()
    const grants = namesOf(input.grants)
    const setting = await readSetting(environmentId, tx, parentalConsent)
    const row = await keepGiven(environmentId, tx, open.id, {
      at: now,
      grants,
      network: networkOf(ctx.address),
      deviceName: ctx.deviceName,
      confirmDueAt: new Date(now.getTime() + setting.confirm_after_hours * hourMs),
    })
    await endConsents(environmentId, tx, row.player_id, { except: row.id }, now)
    await applyGrants(ctx, tx, row, { agreed: true, grants })
    await auditParent(ctx, tx, row, 'privacy.parental_consent.give', {
      grants,
      method: row.method,
      notice_version: row.notice_version,
    })
    return { row, parent_token: await addParentToken(ctx, tx, row) }
  })
  const { environment_id: environmentId, player_id: playerId } = given.row
  const permitted = await permissionsOf(ctx, environmentId, playerId)
  tellPermissions(ctx, environmentId, playerId, permitted)
  return { consent: toParentConsent(given.row), parent_token: given.parent_token }
}
