import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import {
  AuditList,
  AuditPeriod,
  AuditSearch,
  KnownLink,
  OneOrganization,
  Verification,
} from './schema.js'
import { exportAudit, searchAudit, verifyAudit } from './service.js'

const path = '/api/v1/studio/organizations/:organization_id/audit'

export const auditRoutes = [
  route({
    id: 'audit.search',
    method: 'get',
    path,
    summary: 'Who did what in the organisation, newest first.',
    auth: ['member'],
    scope: 'audit:read',
    params: OneOrganization,
    query: AuditSearch,
    returns: AuditList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { query: { limit, cursor, ...filters } }) =>
      searchAudit(ctx, filters, { limit, cursor }),
  }),
  route({
    id: 'audit.export',
    method: 'get',
    path: `${path}/export`,
    summary: 'The entries of a period with their seals, oldest first, one JSON object a line.',
    auth: ['member'],
    scope: 'audit:read',
    params: OneOrganization,
    query: AuditPeriod,
    answers: 'application/x-ndjson',
    errors: ['not_found'],
    handle: async (ctx, { query }) =>
      new Reply(await exportAudit(ctx, query), {
        headers: { 'content-disposition': 'attachment; filename="audit.ndjson"' },
      }),
  }),
  route({
    id: 'audit.verify',
    method: 'get',
    path: `${path}/verify`,
    summary: 'Recomputes the chain of the audit log and names the first thing that is wrong.',
    auth: ['member'],
    scope: 'audit:read',
    params: OneOrganization,
    query: KnownLink,
    returns: Verification,
    errors: ['not_found', 'busy'],
    handle: (ctx, { query: { known_seq, known_hash } }) =>
      verifyAudit(
        ctx,
        known_seq === undefined || known_hash === undefined
          ? undefined
          : { seq: Number(known_seq), hash: known_hash },
      ),
  }),
]
