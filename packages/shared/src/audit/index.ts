import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '../db/index.js'

export interface AuditRecord {
  organizationId?: string
  environmentId?: string
  actor: { kind: string; id?: string }
  /** The id of the route or job, such as `keys.revoke`. */
  action: string
  target?: string
  details?: Prisma.InputJsonObject
  requestId: string
}

/** Writes down who did what, in the transaction of the deed. */
export async function audit(tx: Prisma.TransactionClient, record: AuditRecord): Promise<void> {
  await tx.audit_entry.create({
    data: {
      id: uuidv7(),
      organization_id: record.organizationId ?? null,
      environment_id: record.environmentId ?? null,
      actor_kind: record.actor.kind,
      actor_id: record.actor.id ?? null,
      action: record.action,
      target: record.target ?? null,
      details: record.details ?? {},
      request_id: record.requestId,
    },
  })
}
