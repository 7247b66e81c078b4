import type { AuditEntry } from '@aethex/shared/audit'
import { type Db, statement } from '@aethex/shared/db'

const utc = `to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** An `audit_entry e` as it is shown and hashed. */
export const entryAsJson = `jsonb_build_object('id', e.id, 'organization_id', e.organization_id,
  'environment_id', e.environment_id, 'actor', jsonb_build_object('kind', e.actor_kind, 'id', e.actor_id),
  'action', e.action, 'target', e.target, 'details', e.details, 'request_id', e.request_id,
  'created_at', ${utc})`

/** What entries may be chosen by; the SQL of each is fixed, the values are bound. */
const filters = {
  actor: (value: string) => `e.actor_id = ${value}`,
  action: (value: string) => `e.action = ${value}`,
  target: (value: string) => `e.target = ${value}`,
  environment_id: (value: string) => `e.environment_id = ${value}::uuid`,
  from: (value: string) => `e.created_at >= ${value}::timestamptz`,
  to: (value: string) => `e.created_at < ${value}::timestamptz`,
}
const filterNames = ['actor', 'action', 'target', 'environment_id', 'from', 'to'] as const

export type Filters = { [name in keyof typeof filters]?: string | undefined }

/** A place among the entries of an organisation. */
export type Position = readonly [createdAt: string, id: string]

/** The entries of an organisation that fit, newest first, older than `before`. */
export async function searchEntries(
  organizationId: string,
  db: Db,
  chosen: Filters,
  before: Position | undefined,
  limit: number,
): Promise<AuditEntry[]> {
  const values: unknown[] = [organizationId, limit]
  const bind = (value: unknown) => `$${values.push(value)}`
  const names = filterNames.filter(name => chosen[name] !== undefined)
  const conditions = names.map(name => filters[name](bind(chosen[name])))
  if (before !== undefined) {
    const [createdAt, id] = before
    conditions.push(`(e.created_at, e.id) < (${bind(createdAt)}::timestamptz, ${bind(id)}::uuid)`)
  }
  // One prepared statement for each combination, so that each is planned for its own index.
  const name = ['audit.search', ...names, ...(before === undefined ? [] : ['before'])].join('_')
  const search = statement<{ entry: AuditEntry }>(
    name,
    `SELECT ${entryAsJson} AS entry FROM audit_entry e
     WHERE ${['e.organization_id = $1', ...conditions].join(' AND ')}
     ORDER BY e.created_at DESC, e.id DESC LIMIT $2`,
  )
  return (await db.all(search, values)).map(({ entry }) => entry)
}

interface LinkedEntry {
  entry: AuditEntry
  /** In hexadecimal; null while it waits. */
  seal: { seq: number; prev_hash: string; hash: string } | null
}

const withSeals = statement<LinkedEntry>(
  'audit.with_seals',
  `SELECT ${entryAsJson} AS entry, CASE WHEN s.entry_id IS NOT NULL THEN jsonb_build_object('seq', s.seq,
     'prev_hash', encode(s.prev_hash, 'hex'), 'hash', encode(s.hash, 'hex')) END AS seal
   FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_id = e.id
   WHERE e.organization_id = $1 AND (e.created_at, e.id) > ($2::timestamptz, $3::uuid)
     AND e.created_at < $4::timestamptz
   ORDER BY e.created_at, e.id LIMIT $5`,
)

/** The entries of an organisation after a place and before a moment, oldest first, with their links. */
export const listWithSeals = (
  organizationId: string,
  db: Db,
  [createdAt, id]: Position,
  to: string,
  limit: number,
) => db.all(withSeals, [organizationId, createdAt, id, to, limit])

const stray = statement<{ id: string; created_at: string; is_stray: boolean }>(
  'audit.stray',
  `SELECT e.id, ${utc} AS created_at, NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)
     AND NOT EXISTS (SELECT FROM audit_unsealed u WHERE u.entry_id = e.id) AS is_stray
   FROM audit_entry e WHERE e.organization_id = $1 AND (e.created_at, e.id) > ($2::timestamptz, $3::uuid)
   ORDER BY e.created_at, e.id LIMIT $4`,
)

/** A page of entries after a place, and which of them neither have a link nor wait for one. */
export const listStrays = (
  organizationId: string,
  db: Db,
  [createdAt, id]: Position,
  limit: number,
) => db.all(stray, [organizationId, createdAt, id, limit])
