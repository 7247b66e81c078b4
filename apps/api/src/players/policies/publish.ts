import { audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf, type Parts } from '../../gateway/context.js'
import { toPolicy, toVersion } from './documents.js'
import { policiesInForce } from './in-force.js'
import { hashOf, type NewPolicy } from './schema.js'
import {
  addDocument,
  addVersion,
  countVersions,
  type DocumentRow,
  findVersion,
  listDocuments,
  listInForce,
  listVersions,
  takeTurnToPublish,
} from './store.js'

const mostKinds = 20
const mostVersions = 500
// Clocks differ a little, and a request takes its time.
const pastMs = 60_000

function startOf(input: NewPolicy, now: Date): Date {
  if (input.effective_from === undefined) return now
  const start = new Date(input.effective_from)
  if (start.getTime() >= now.getTime() - pastMs) return start
  throw new Problem('invalid_request', {
    errors: [{ pointer: '/effective_from', reason: 'lies in the past' }],
  })
}

async function nextVersion(environmentId: string, tx: Db, kind: string): Promise<number> {
  const { versions, kinds } = await countVersions(environmentId, tx, kind)
  if (kinds >= mostKinds || versions >= mostVersions) {
    const allowed = kinds >= mostKinds ? mostKinds : mostVersions
    throw new Problem('limit_reached', { extensions: { allowed } })
  }
  return versions + 1
}

async function addAll(environmentId: string, tx: Db, input: NewPolicy, now: Date) {
  await takeTurnToPublish(environmentId, tx)
  const version = await nextVersion(environmentId, tx, input.kind)
  const row = await addVersion(environmentId, tx, {
    ...input,
    version,
    effective_from: startOf(input, now),
    published_at: now,
  })
  const documents = input.documents.map(
    (document): DocumentRow => ({
      kind: input.kind,
      version,
      locale: document.locale,
      title: document.title,
      url: document.url ?? null,
      body: document.text ?? null,
      content_hash: hashOf(document),
    }),
  )
  for (const [position, document] of documents.entries()) {
    await addDocument(environmentId, tx, document, position)
  }
  return toVersion(row, documents)
}

/** Publishes the next version of a policy. What is published stays as it is. */
export async function publishPolicy(ctx: Ctx, environmentId: string, input: NewPolicy) {
  const published = await once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const policy = await addAll(environmentId, tx, input, ctx.now())
      await audit(tx, {
        environmentId,
        actor: auditActorOf(ctx),
        action: 'policies.publish',
        target: `${policy.kind} ${policy.version}`,
        details: {
          effective_from: policy.effective_from,
          requires_acceptance: policy.requires_acceptance,
          needs_reacceptance: policy.needs_reacceptance,
          renews_consents: policy.renews_consents,
          hashes: policy.documents.map(({ locale, hash }) => `${locale} ${hash}`),
        },
        requestId: ctx.requestId,
      })
      return { policy }
    }),
  )
  // This process knows at once, the others within a second.
  policiesInForce.forget(environmentId)
  return published
}

const Position = z.tuple([z.string(), z.int()])

/** Every version that was ever published, by kind and version. */
export async function listPublished(
  ctx: Ctx,
  environmentId: string,
  page: { kind?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(Position, page.cursor)
  const { kind, limit } = page
  const rows = await listVersions(environmentId, ctx.db, { kind, after, limit: limit + 1 })
  const documents = await listDocuments(environmentId, ctx.db, rows.slice(0, limit))
  return pageOf(
    rows,
    limit,
    row => toVersion(row, documents),
    row => [row.kind, row.version],
  )
}

/** The policies in force, as a reader of one language sees them. */
export async function policiesFor(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  locale: string | undefined,
) {
  const rows = await listInForce(environmentId, db, now())
  const documents = await listDocuments(environmentId, db, rows)
  return rows.map(row => toPolicy(row, documents, locale))
}

export async function listPolicies(ctx: Ctx, locale: string | undefined) {
  return { items: await policiesFor(ctx, environmentOf(ctx), locale), next_cursor: null }
}

/** One published version, also one that is not in force yet or any more. */
export async function readPolicy(
  ctx: Ctx,
  wanted: { kind: string; version: number },
  locale: string | undefined,
) {
  const environmentId = environmentOf(ctx)
  const row = await findVersion(environmentId, ctx.db, wanted.kind, wanted.version)
  if (row === undefined) throw notFound()
  const documents = await listDocuments(environmentId, ctx.db, [row])
  return { policy: toPolicy(row, documents, locale) }
}
