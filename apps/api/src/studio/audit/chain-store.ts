import type { AuditEntry } from '@aethex/shared/audit'
import { type Db, statement } from '@aethex/shared/db'
import { entryAsJson } from './store.js'

/** The chain of what concerns no organisation. */
export const platformChain = '00000000-0000-0000-0000-000000000000'

// One process seals at a time; the others find nothing to do.
const lead = statement<{ leads: boolean }>(
  'audit.lead',
  "SELECT pg_try_advisory_xact_lock(hashtextextended('audit seal', 0)) AS leads",
)

export const leadsSealing = async (tx: Db) => (await tx.one(lead, []))?.leads === true

// Ids are in the order of time, so what has waited longest comes first.
const waiting = statement<{ entry: AuditEntry }>(
  'audit.waiting',
  `SELECT ${entryAsJson} AS entry FROM audit_unsealed u JOIN audit_entry e ON e.id = u.entry_id
   ORDER BY u.entry_id LIMIT $1`,
)

export const listWaiting = async (tx: Db, limit: number) =>
  (await tx.all(waiting, [limit])).map(({ entry }) => entry)

export interface Head {
  chain: string
  seq: number
  hash: Buffer
}

const heads = statement<Head>(
  'audit.heads',
  `SELECT c.chain, h.seq, h.hash FROM unnest($1::uuid[]) AS c(chain)
   CROSS JOIN LATERAL (SELECT seq, hash FROM audit_seal
     WHERE organization_id = c.chain ORDER BY seq DESC LIMIT 1) AS h`,
)

/** The newest link of each chain that has one. */
export const findHeads = (chains: readonly string[], tx: Db) => tx.all(heads, [chains])

export interface NewLink extends Head {
  entryId: string
  previous: Buffer
}

const insertLinks = statement<never>(
  'audit.insert_links',
  `INSERT INTO audit_seal (organization_id, seq, entry_id, prev_hash, hash)
   SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[])`,
)
const noLongerWait = statement<never>(
  'audit.no_longer_wait',
  'DELETE FROM audit_unsealed WHERE entry_id = ANY($1::uuid[])',
)

export async function addLinks(links: readonly NewLink[], tx: Db): Promise<void> {
  await tx.all(insertLinks, [
    links.map(link => link.chain),
    links.map(link => link.seq),
    links.map(link => link.entryId),
    links.map(link => link.previous),
    links.map(link => link.hash),
  ])
  await tx.all(noLongerWait, [links.map(link => link.entryId)])
}

interface LinkRow {
  seq: number
  entry_id: string
  prev_hash: Buffer
  hash: Buffer
  entry: AuditEntry | null
}

const links = statement<LinkRow>(
  'audit.links',
  `SELECT s.seq, s.entry_id, s.prev_hash, s.hash, CASE WHEN e.id IS NOT NULL THEN ${entryAsJson} END AS entry
   FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
   WHERE s.organization_id = $1 AND s.seq > $2 ORDER BY s.seq LIMIT $3`,
)

/** The links of a chain after a number, with their entries as they are now; null for one that is gone. */
export const listLinks = (chain: string, db: Db, after: number, limit: number) =>
  db.all(links, [chain, after, limit])
