import { type Db, statement } from '@aethex/shared/db'
import type { Purpose } from './schema.js'

export interface VersionRow {
  kind: string
  version: number
  requires_acceptance: boolean
  needs_reacceptance: boolean
  renews_consents: Purpose[]
  effective_from: Date
  published_at: Date
}

export interface DocumentRow {
  kind: string
  version: number
  locale: string
  title: string
  url: string | null
  body: string | null
  content_hash: Buffer
}

/** A policy that is in force, and the oldest version whose acceptance still counts. */
export interface InForceRow extends VersionRow {
  accepted_from: number
}

export interface AcceptanceRow {
  kind: string
  version: number
  locale: string
  content_hash: Buffer
  accepted_at: Date
}

const columns = `kind, version, requires_acceptance, needs_reacceptance, renews_consents::text[] AS renews_consents,
  effective_from, published_at`

const takeTurn = statement<never>(
  'policies.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const counts = statement<{ versions: number; kinds: number }>(
  'policies.counts',
  `SELECT coalesce(max(version) FILTER (WHERE kind = $2), 0) AS versions,
     count(DISTINCT kind) FILTER (WHERE kind <> $2) AS kinds
   FROM policy_version WHERE environment_id = $1`,
)
const insertVersion = statement<VersionRow>(
  'policies.insert_version',
  `INSERT INTO policy_version (environment_id, kind, version, requires_acceptance, needs_reacceptance,
     renews_consents, effective_from, published_at)
   VALUES ($1, $2, $3, $4, $5, $6::text[]::consent_purpose[], $7, $8) RETURNING ${columns}`,
)
const insertDocument = statement<never>(
  'policies.insert_document',
  `INSERT INTO policy_document (environment_id, kind, version, locale, position, title, url, body, content_hash)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)
// A later version takes the place of earlier ones, also of those that were to come into force after it.
const inForce = statement<InForceRow>(
  'policies.in_force',
  `SELECT DISTINCT ON (kind) ${columns},
     coalesce(max(version) FILTER (WHERE needs_reacceptance) OVER (PARTITION BY kind), 1) AS accepted_from
   FROM policy_version WHERE environment_id = $1 AND effective_from <= $2
   ORDER BY kind, version DESC`,
)
const renewals = statement<{ purpose: Purpose; renewed_at: Date }>(
  'policies.renewals',
  `SELECT purpose::text, max(effective_from) AS renewed_at
   FROM policy_version, unnest(renews_consents) AS purpose
   WHERE environment_id = $1 AND effective_from <= $2 GROUP BY purpose`,
)
const documents = statement<DocumentRow>(
  'policies.documents',
  `SELECT d.kind, d.version, d.locale, d.title, d.url, d.body, d.content_hash FROM policy_document d
   JOIN unnest($2::text[], $3::int[]) AS wanted (kind, version) USING (kind, version)
   WHERE d.environment_id = $1 ORDER BY d.kind, d.version, d.position`,
)
const one = statement<VersionRow>(
  'policies.one',
  `SELECT ${columns} FROM policy_version WHERE environment_id = $1 AND kind = $2 AND version = $3`,
)
const list = statement<VersionRow>(
  'policies.list',
  `SELECT ${columns} FROM policy_version
   WHERE environment_id = $1 AND ($2::text IS NULL OR kind = $2)
     AND ($3::text IS NULL OR (kind, version) > ($3, $4::int))
   ORDER BY kind, version LIMIT $5`,
)
const accept = statement<never>(
  'policies.accept',
  `INSERT INTO policy_acceptance (environment_id, player_id, kind, version, locale, content_hash, accepted_at,
     network, device_name)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
)
const acceptances = statement<AcceptanceRow>(
  'policies.acceptances',
  `SELECT kind, version, locale, content_hash, accepted_at FROM policy_acceptance
   WHERE environment_id = $1 AND player_id = $2 ORDER BY kind, version`,
)
const proofs = statement<AcceptanceRow & { network: string | null; device_name: string | null }>(
  'policies.proofs',
  `SELECT kind, version, locale, content_hash, accepted_at, network, device_name FROM policy_acceptance
   WHERE environment_id = $1 AND player_id = $2 ORDER BY accepted_at`,
)
const forget = statement<{ kind: string }>(
  'policies.forget',
  'DELETE FROM policy_acceptance WHERE environment_id = $1 AND player_id = $2 RETURNING kind',
)

/** Publications of one environment take turns, so that versions follow each other without a gap. */
export const takeTurnToPublish = (environmentId: string, tx: Db) =>
  tx.one(takeTurn, [`policies ${environmentId}`])

/** How many versions of this kind there are, and how many other kinds. */
export const countVersions = async (environmentId: string, tx: Db, kind: string) =>
  (await tx.one(counts, [environmentId, kind])) ?? { versions: 0, kinds: 0 }

export async function addVersion(
  environmentId: string,
  tx: Db,
  version: VersionRow,
): Promise<VersionRow> {
  const row = await tx.one(insertVersion, [
    environmentId,
    version.kind,
    version.version,
    version.requires_acceptance,
    version.needs_reacceptance,
    version.renews_consents,
    version.effective_from,
    version.published_at,
  ])
  if (row === undefined) throw new Error('the policy was not inserted')
  return row
}

export const addDocument = (environmentId: string, tx: Db, row: DocumentRow, position: number) =>
  tx.one(insertDocument, [
    environmentId,
    row.kind,
    row.version,
    row.locale,
    position,
    row.title,
    row.url,
    row.body,
    row.content_hash,
  ])

export const listInForce = (environmentId: string, db: Db, now: Date) =>
  db.all(inForce, [environmentId, now])

/** When each consent was last put to the question by a policy. */
export const listRenewals = (environmentId: string, db: Db, now: Date) =>
  db.all(renewals, [environmentId, now])

/** The documents of these versions, each version's first one first. */
export const listDocuments = (
  environmentId: string,
  db: Db,
  versions: readonly { kind: string; version: number }[],
) =>
  db.all(documents, [
    environmentId,
    versions.map(({ kind }) => kind),
    versions.map(({ version }) => version),
  ])

export const findVersion = (environmentId: string, db: Db, kind: string, version: number) =>
  db.one(one, [environmentId, kind, version])

export const listVersions = (
  environmentId: string,
  db: Db,
  page: {
    kind: string | undefined
    after: readonly [kind: string, version: number] | undefined
    limit: number
  },
) =>
  db.all(list, [
    environmentId,
    page.kind ?? null,
    page.after?.[0] ?? null,
    page.after?.[1] ?? null,
    page.limit,
  ])

/** The first acceptance of a version is the one that stays. */
export const addAcceptance = (
  environmentId: string,
  tx: Db,
  playerId: string,
  row: AcceptanceRow & { network: string | null; device_name: string | null },
) =>
  tx.one(accept, [
    environmentId,
    playerId,
    row.kind,
    row.version,
    row.locale,
    row.content_hash,
    row.accepted_at,
    row.network,
    row.device_name,
  ])

export const listAcceptances = (environmentId: string, db: Db, playerId: string) =>
  db.all(acceptances, [environmentId, playerId])

export const listAcceptanceProofs = (environmentId: string, db: Db, playerId: string) =>
  db.all(proofs, [environmentId, playerId])

/** How many there were. */
export const forgetAcceptances = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forget, [environmentId, playerId])).length
