import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from './canonical-json.js'

/** An entry of the audit log as it is shown, exported and hashed. */
export interface AuditEntry {
  id: string
  /** Null for what concerns the platform alone. */
  organization_id: string | null
  environment_id: string | null
  actor: { kind: string; id: string | null }
  action: string
  target: string | null
  details: { readonly [key: string]: Json }
  request_id: string
  /** In microseconds, as PostgreSQL keeps it: what is hashed must not depend on who rounds. */
  created_at: string
}

/** What the first entry of a chain follows. */
export const genesisHash = Buffer.alloc(32)

/** The hash of a chain's next link: SHA-256 over the canonical JSON of its number, the hash before and the entry. */
export const sealOf = (seq: number, previous: Uint8Array, entry: AuditEntry): Buffer =>
  createHash('sha256')
    .update(
      canonicalJson({ seq, previous: Buffer.from(previous).toString('hex'), entry: { ...entry } }),
    )
    .digest()
