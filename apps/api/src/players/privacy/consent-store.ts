import { type Db, statement } from '@aethex/shared/db'
import type { Purpose } from './schema.js'

export type ConsentSource = 'player' | 'parent' | 'age_answer'

export interface ConsentRow {
  purpose: Purpose
  granted: boolean
  policy_version: number | null
  source: ConsentSource
  decided_at: Date
}

export interface DecisionRow extends ConsentRow {
  locale: string | null
  device_name: string | null
}

const takeTurn = statement<never>(
  'privacy.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const current = statement<ConsentRow>(
  'privacy.current',
  `SELECT purpose::text, granted, policy_version, source::text, decided_at FROM consent
   WHERE environment_id = $1 AND player_id = $2`,
)
const currentOfMany = statement<ConsentRow & { player_id: string }>(
  'privacy.current_of_many',
  `SELECT player_id, purpose::text, granted, policy_version, source::text, decided_at FROM consent
   WHERE environment_id = $1 AND player_id = ANY($2::uuid[]) AND purpose = $3::consent_purpose`,
)
const decide = statement<never>(
  'privacy.decide',
  `INSERT INTO consent (environment_id, player_id, purpose, granted, policy_version, source, decided_at)
   VALUES ($1, $2, $3::consent_purpose, $4, $5, $6::consent_source, $7)
   ON CONFLICT (environment_id, player_id, purpose) DO UPDATE SET granted = excluded.granted,
     policy_version = excluded.policy_version, source = excluded.source, decided_at = excluded.decided_at`,
)
const log = statement<never>(
  'privacy.log',
  `INSERT INTO consent_decision (environment_id, id, player_id, purpose, granted, policy_version, source,
     locale, device_name, decided_at)
   VALUES ($1, $2, $3, $4::consent_purpose, $5, $6, $7::consent_source, $8, $9, $10)`,
)
const decisions = statement<DecisionRow>(
  'privacy.decisions',
  `SELECT purpose::text, granted, policy_version, source::text, locale, device_name, decided_at
   FROM consent_decision WHERE environment_id = $1 AND player_id = $2
   ORDER BY decided_at DESC, id DESC LIMIT $3`,
)
const forgetConsents = statement<{ purpose: string }>(
  'privacy.forget_consents',
  'DELETE FROM consent WHERE environment_id = $1 AND player_id = $2 RETURNING purpose::text',
)
const forgetDecisions = statement<{ id: string }>(
  'privacy.forget_decisions',
  'DELETE FROM consent_decision WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)

/** Decisions about one player take turns: who answers that they are a child cannot agree at the same moment. */
export const takeTurnToDecide = (environmentId: string, tx: Db, playerId: string) =>
  tx.one(takeTurn, [`consent ${environmentId} ${playerId}`])

export const listConsents = (environmentId: string, db: Db, playerId: string) =>
  db.all(current, [environmentId, playerId])

/** What these players decided about one purpose, by player. */
export async function listConsentsOf(
  environmentId: string,
  db: Db,
  playerIds: readonly string[],
  purpose: Purpose,
): Promise<Map<string, ConsentRow>> {
  const rows = await db.all(currentOfMany, [environmentId, playerIds, purpose])
  return new Map(rows.map(row => [row.player_id, row]))
}

/** Writes a decision down twice: as what counts now, and as a line of the log. */
export async function addDecision(
  environmentId: string,
  tx: Db,
  playerId: string,
  row: DecisionRow & { id: string },
): Promise<void> {
  const { purpose, granted, policy_version, source, decided_at } = row
  await tx.one(decide, [
    environmentId,
    playerId,
    purpose,
    granted,
    policy_version,
    source,
    decided_at,
  ])
  await tx.one(log, [
    environmentId,
    row.id,
    playerId,
    purpose,
    granted,
    policy_version,
    source,
    row.locale,
    row.device_name,
    decided_at,
  ])
}

/** The newest first. */
export const listDecisions = (environmentId: string, db: Db, playerId: string, limit: number) =>
  db.all(decisions, [environmentId, playerId, limit])

/** How many rows there were. */
export const forgetConsentsOf = async (environmentId: string, db: Db, playerId: string) => ({
  consent: (await db.all(forgetConsents, [environmentId, playerId])).length,
  consent_decision: (await db.all(forgetDecisions, [environmentId, playerId])).length,
})
