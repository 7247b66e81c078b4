import { v7 as uuidv7 } from 'uuid'
import { type Db, statement } from '../db/index.js'

export { canonicalJson, type Json } from './canonical-json.js'
export { type AuditEntry, genesisHash, sealOf } from './seal.js'

export interface AuditRecord {
  /** Found by the environment when left out. */
  organizationId?: string
  environmentId?: string
  actor: { kind: string; id?: string }
  /** The id of the route or job, such as `keys.revoke`. */
  action: string
  target?: string
  details?: Record<string, string | number | boolean | null | readonly string[]>
  requestId: string
}

// The chain is made afterwards (studio/audit/sealing.ts in the API): a deed waits for no other deed's entry.
const insert = statement<never>(
  'audit.insert',
  `WITH entry AS (
     INSERT INTO audit_entry
       (id, organization_id, environment_id, actor_kind, actor_id, action, target, details, request_id)
     VALUES ($1, coalesce($2, (SELECT p.organization_id FROM environment e
       JOIN project p ON p.id = e.project_id WHERE e.id = $3)), $3, $4, $5, $6, $7, $8, $9)
     RETURNING id
   )
   INSERT INTO audit_unsealed (entry_id) SELECT id FROM entry`,
)

/** Writes down who did what, in the transaction of the deed. */
export async function audit(tx: Db, record: AuditRecord): Promise<void> {
  await tx.one(insert, [
    uuidv7(),
    record.organizationId ?? null,
    record.environmentId ?? null,
    record.actor.kind,
    record.actor.id ?? null,
    record.action,
    record.target ?? null,
    JSON.stringify(record.details ?? {}),
    record.requestId,
  ])
}
