import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, type Parts, playerOf } from '../../gateway/context.js'
import { type Standing, standingOf, standingsOf } from '../age/service.js'
import { type PoliciesInForce, policiesInForce } from '../policies/service.js'
import {
  addDecision,
  type ConsentRow,
  type ConsentSource,
  listConsents,
  listConsentsOf,
  takeTurnToDecide,
} from './consent-store.js'
import { type ConsentStateName, type Purpose, purposes } from './schema.js'
import { tellPermissions } from './telling.js'

interface Facts {
  rows: readonly ConsentRow[]
  standing: Standing
  policies: PoliciesInForce
}

const hasLapsed = (row: ConsentRow, { renewedAt }: PoliciesInForce) => {
  const renewed = renewedAt[row.purpose]
  return renewed !== undefined && row.decided_at.getTime() < renewed.getTime()
}

/** Whether the player may decide about a purpose at all. */
const isTheirs = ({ mustAnswer, isChild, parentGrants }: Standing, purpose: Purpose) =>
  !mustAnswer && (!isChild || parentGrants.has(purpose))

function stateOf({ rows, standing, policies }: Facts, purpose: Purpose): ConsentStateName {
  const row = rows.find(one => one.purpose === purpose)
  if (standing.mustAnswer) return 'needs_age'
  if (!isTheirs(standing, purpose)) return 'needs_parent'
  if (row === undefined) return 'undecided'
  if (hasLapsed(row, policies)) return 'ask_again'
  return row.granted ? 'granted' : 'denied'
}

// Read anew each time but for the policies, which are at most a second old: a withdrawal counts from its answer on.
async function factsOf(parts: Parts, environmentId: string, playerId: string): Promise<Facts> {
  const [rows, standing, policies] = await Promise.all([
    listConsents(environmentId, parts.db, playerId),
    standingOf(parts, environmentId, playerId),
    policiesInForce(parts, environmentId),
  ])
  return { rows, standing, policies }
}

const isGranted = (facts: Facts, purpose: Purpose) => stateOf(facts, purpose) === 'granted'

const forEach = <T>(of: (purpose: Purpose) => T) => ({
  analytics: of('analytics'),
  marketing: of('marketing'),
  voice: of('voice'),
  third_parties: of('third_parties'),
})

/** The purposes that a player has agreed to, and that still count. */
export async function grantedPurposes(
  parts: Parts,
  environmentId: string,
  playerId: string,
): Promise<Purpose[]> {
  const facts = await factsOf(parts, environmentId, playerId)
  return purposes.filter(purpose => isGranted(facts, purpose))
}

/** Those of the players who have agreed to a purpose: for events that a studio's server sends about them. */
export async function agreedAmong(
  parts: Parts,
  environmentId: string,
  playerIds: readonly string[],
  purpose: Purpose,
): Promise<Set<string>> {
  const [rows, standings, policies] = await Promise.all([
    listConsentsOf(environmentId, parts.db, playerIds, purpose),
    standingsOf(parts, environmentId, playerIds),
    policiesInForce(parts, environmentId),
  ])
  const agreed = playerIds.filter((id, index) => {
    const standing = standings[index]
    const row = rows.get(id)
    if (standing === undefined || row === undefined) return false
    return isGranted({ rows: [row], standing, policies }, purpose)
  })
  return new Set(agreed)
}

/** What a player may do, for whoever has to let them or not: relay, chat, the game itself. */
export async function permissionsOf(parts: Parts, environmentId: string, playerId: string) {
  const facts = await factsOf(parts, environmentId, playerId)
  const { mustAnswer, isChild, parentGrants } = facts.standing
  return {
    is_child: isChild,
    age_required: mustAnswer,
    permissions: {
      chat: !mustAnswer && (!isChild || parentGrants.has('chat')),
      ...forEach(purpose => isGranted(facts, purpose)),
    },
  }
}

export async function getPermissions(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  return permissionsOf(ctx, environmentId, playerId)
}

/** What counts now. */
export async function consentsOf(parts: Parts, environmentId: string, playerId: string) {
  const facts = await factsOf(parts, environmentId, playerId)
  return forEach(purpose => isGranted(facts, purpose))
}

/** What counts now, since when, and under which version of the privacy policy. */
export async function getConsents(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const facts = await factsOf(ctx, environmentId, playerId)
  const detailOf = (purpose: Purpose) => {
    const row = facts.rows.find(one => one.purpose === purpose)
    return {
      state: stateOf(facts, purpose),
      since: row?.decided_at.toISOString() ?? null,
      policy_version: row?.policy_version ?? null,
      source: row?.source ?? null,
    }
  }
  return {
    consents: forEach(purpose => isGranted(facts, purpose)),
    details: forEach(detailOf),
    policy_version: facts.policies.privacyVersion,
  }
}

export type ConsentChanges = { [P in Purpose]?: boolean | undefined }

/** Who decides, and how they were asked. */
export interface Decider {
  source: ConsentSource
  policies: PoliciesInForce
  locale: string | null
  deviceName: string | null
  now: Date
}

/**
 * Writes decisions down, in a transaction that holds the player's turn. What was decided alike before, under the same
 * version and by the same, is no new decision.
 */
export async function writeDecisions(
  environmentId: string,
  tx: Db,
  playerId: string,
  changes: ConsentChanges,
  decider: Decider,
): Promise<void> {
  const { source, policies, now } = decider
  const policyVersion = policies.privacyVersion
  const rows = await listConsents(environmentId, tx, playerId)
  for (const purpose of purposes) {
    const granted = changes[purpose]
    if (granted === undefined) continue
    const row = rows.find(one => one.purpose === purpose)
    const isOld =
      row?.granted === granted &&
      row.policy_version === policyVersion &&
      row.source === source &&
      !hasLapsed(row, policies)
    if (isOld) continue
    await addDecision(environmentId, tx, playerId, {
      id: uuidv7(),
      purpose,
      granted,
      policy_version: policyVersion,
      source,
      locale: decider.locale,
      device_name: decider.deviceName,
      decided_at: now,
    })
  }
}

function assertMayAgree(standing: Standing, changes: ConsentChanges): void {
  const wanted = purposes.filter(purpose => changes[purpose] === true)
  if (wanted.length === 0) return
  if (standing.mustAnswer) throw new Problem('age_required')
  if (wanted.some(purpose => !isTheirs(standing, purpose))) {
    throw new Problem('parental_consent_required')
  }
}

/**
 * Records the player's decisions; purposes that are not named stay as they are. To withdraw is always possible;
 * to agree is not a child's to do, unless a parent allows it (`parental_consent_required`).
 */
export async function setConsents(
  ctx: Ctx,
  {
    policy_version: shown,
    locale,
    ...changes
  }: ConsentChanges & { policy_version?: number | undefined; locale?: string | undefined },
) {
  const { environmentId, playerId } = playerOf(ctx)
  const policies = await policiesInForce(ctx, environmentId)
  if (shown !== undefined && shown !== policies.privacyVersion) {
    const version = policies.privacyVersion
    const current = version === null ? [] : [{ kind: 'privacy', version }]
    throw new Problem('policy_outdated', { extensions: { current } })
  }
  await ctx.db.transaction(async tx => {
    await takeTurnToDecide(environmentId, tx, playerId)
    assertMayAgree(await standingOf(ctx, environmentId, playerId, tx), changes)
    await writeDecisions(environmentId, tx, playerId, changes, {
      source: 'player',
      policies,
      locale: locale ?? null,
      deviceName: ctx.deviceName,
      now: ctx.now(),
    })
  })
  if (changes.voice !== undefined) {
    const permitted = await permissionsOf(ctx, environmentId, playerId)
    tellPermissions(ctx, environmentId, playerId, permitted)
  }
  return getConsents(ctx)
}
