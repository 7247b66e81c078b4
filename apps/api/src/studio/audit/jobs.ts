import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { sealAuditLog } from './sealing.js'

const everyMs = 1_000

/** Keeps the chains of the audit log up with it. */
export const keepAuditSealed = (parts: Parts): Closable =>
  parts.repeat({ name: 'audit-seal', everyMs, work: () => sealAuditLog(parts.db) })
