import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { LRUCache } from 'lru-cache'
import type { Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import { readSetting } from '../../studio/settings/service.js'
import type { Purpose } from './schema.js'
import { enforcement } from './settings.js'
import { type InForceRow, listAcceptances, listInForce, listRenewals } from './store.js'

/** What of an environment's policies every request of its players has to know. */
export interface PoliciesInForce {
  mode: 'off' | 'prompt' | 'required'
  /** Those that want to be accepted. */
  required: readonly InForceRow[]
  /** Consents decided about before these times lapse. */
  renewedAt: Partial<Record<Purpose, Date>>
  /** The version of the privacy policy. */
  privacyVersion: number | null
  /** Another whenever another acceptance is asked for. */
  signature: string
}

async function readPolicies(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
): Promise<PoliciesInForce> {
  const at = now()
  const [{ mode }, rows, renewals] = await Promise.all([
    readSetting(environmentId, db, enforcement),
    listInForce(environmentId, db, at),
    listRenewals(environmentId, db, at),
  ])
  const required = rows.filter(row => row.requires_acceptance)
  return {
    mode,
    required,
    renewedAt: Object.fromEntries(renewals.map(row => [row.purpose, row.renewed_at])),
    privacyVersion: rows.find(({ kind }) => kind === 'privacy')?.version ?? null,
    signature: required.map(row => `${row.kind}:${row.accepted_from}`).join(),
  }
}

/** The policies in force, at most a second old: so long may a process not have noticed a new version. */
export const policiesInForce = rememberFor(1_000, readPolicies)

/** What the player has yet to accept. */
export async function pendingOf(
  environmentId: string,
  db: Db,
  playerId: string,
  required: readonly InForceRow[],
): Promise<InForceRow[]> {
  if (required.length === 0) return []
  const accepted = await listAcceptances(environmentId, db, playerId)
  const covers = (row: InForceRow) =>
    accepted.some(({ kind, version }) => kind === row.kind && version >= row.accepted_from)
  return required.filter(row => !covers(row))
}

export const acceptanceRequired = (pending: readonly InForceRow[]) =>
  new Problem('policy_acceptance_required', {
    extensions: { pending: pending.map(({ kind, version }) => ({ kind, version })) },
  })

// Nobody takes an acceptance back, so who has accepted all that is asked for need not be asked about again.
const settled = new LRUCache<string, true>({ max: 100_000, ttl: 600_000 })

/** Refuses a player who has not accepted what the studio requires; the refusal says what that is. */
export async function assertPoliciesAccepted(
  parts: Pick<Parts, 'db' | 'now'>,
  { environmentId, playerId }: { environmentId: string; playerId: string },
): Promise<void> {
  const { mode, required, signature } = await policiesInForce(parts, environmentId)
  if (mode !== 'required' || required.length === 0) return
  const id = `${environmentId} ${playerId} ${signature}`
  if (settled.has(id)) return
  const pending = await pendingOf(environmentId, parts.db, playerId, required)
  if (pending.length > 0) throw acceptanceRequired(pending)
  settled.set(id, true)
}
