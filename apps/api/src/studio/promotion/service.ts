import { audit } from '@aethex/shared/audit'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, memberOf, tenantOf } from '../../gateway/context.js'
import { promotables } from '../../promotables.js'
import { listEnvironmentRows, lockProjectRow } from '../projects/service.js'
import { type Configuration, differences, fingerprint } from './compare.js'
import { type Difference, Differences, type NewPromotion } from './schema.js'
import { addPromotion, findPromotion, listPromotionRows, type PromotionRow } from './store.js'

const toPromotion = ({ created_at, items, ...row }: PromotionRow) => ({
  ...row,
  items: Differences.parse(items),
  created_at: created_at.toISOString(),
})

/** Everything that an environment has configured, by `<feature>/<item>`. */
async function configurationOf(environmentId: string, db: Db): Promise<Configuration> {
  const all = new Map<string, { value: unknown; version: number }>()
  for (const { name, exportFrom } of promotables) {
    for (const [item, state] of await exportFrom(environmentId, db)) {
      all.set(`${name}/${item}`, state)
    }
  }
  return all
}

/** Throws `not_found` unless all of them are environments of the project. */
async function assertInProject(projectId: string, db: Db, ...environmentIds: string[]) {
  const own = new Set((await listEnvironmentRows(projectId, db)).map(({ id }) => id))
  if (!environmentIds.every(id => own.has(id))) throw notFound()
}

const flaw = (pointer: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `${pointer}: ${reason}`,
    errors: [{ pointer, reason }],
  })

function chosen(found: readonly Difference[], from: Configuration, items: readonly string[]) {
  const unknown = items.findIndex(item => !from.has(item))
  if (unknown >= 0) throw flaw(`/items/${unknown}`, 'is nothing that the source has')
  return found.filter(({ item }) => items.includes(item))
}

async function findDifferences(db: Db, wanted: NewPromotion): Promise<Difference[]> {
  const from = await configurationOf(wanted.from_environment_id, db)
  const to = await configurationOf(wanted.to_environment_id, db)
  const found = differences(from, to)
  return wanted.items === undefined ? found : chosen(found, from, wanted.items)
}

/** Writes one item, and answers the difference that it made. */
async function apply(tx: Db, environmentId: string, difference: Difference): Promise<Difference> {
  const { item, before, after } = difference
  const slash = item.indexOf('/')
  const promotable = promotables.find(({ name }) => name === item.slice(0, slash))
  if (promotable === undefined || after === null) return { ...difference, change: 'kept' }
  const version = await promotable.put(environmentId, tx, item.slice(slash + 1), {
    value: after.value,
    version: before?.version ?? 0,
  })
  return { ...difference, after: { value: after.value, version } }
}

const versions = ({ item, before, after }: Difference) =>
  `${item} ${before?.version ?? 0} -> ${after?.version ?? 0}`

async function carryOut(
  ctx: Ctx,
  projectId: string,
  tx: Db,
  plan: {
    action: string
    from: string
    to: string
    undoes: string | null
    items: readonly Difference[]
  },
) {
  const done: Difference[] = []
  for (const difference of plan.items) {
    done.push(difference.change === 'kept' ? difference : await apply(tx, plan.to, difference))
  }
  const row = await addPromotion(projectId, tx, {
    id: uuidv7(),
    from_environment_id: plan.from,
    to_environment_id: plan.to,
    member_id: memberOf(ctx).memberId,
    undoes: plan.undoes,
    items: done,
  })
  await audit(tx, {
    organizationId: tenantOf(ctx).organizationId,
    environmentId: plan.to,
    actor: auditActorOf(ctx),
    action: plan.action,
    target: row.id,
    details: {
      from_environment_id: plan.from,
      undoes: plan.undoes,
      items: done.filter(({ change }) => change !== 'kept').map(versions),
    },
    requestId: ctx.requestId,
  })
  return toPromotion(row)
}

/**
 * Takes what one environment has configured to another one of the project, all of it or nothing. With `expected`, only
 * if it is still what a dry run showed (`version_mismatch`). What only the target has stays.
 */
export async function promote(ctx: Ctx, projectId: string, wanted: NewPromotion) {
  const { from_environment_id: from, to_environment_id: to } = wanted
  if (from === to) throw flaw('/to_environment_id', 'is where it comes from')
  return once(ctx.db, wanted.dry_run ? undefined : ctx.idempotency, db =>
    db.transaction(async tx => {
      // One promotion of a project at a time; other writers are met by the versions.
      if ((await lockProjectRow(projectId, tx)) === undefined) throw notFound()
      await assertInProject(projectId, tx, from, to)
      const items = await findDifferences(tx, wanted)
      const expected = fingerprint(from, to, items)
      if (wanted.expected !== undefined && wanted.expected !== expected) {
        throw new Problem('version_mismatch', { extensions: { expected, items } })
      }
      const isIdle = items.every(({ change }) => change === 'kept')
      if (wanted.dry_run || isIdle) return { promotion: null, items, expected }
      const plan = { action: 'promotions.create', from, to, undoes: null, items }
      const promotion = await carryOut(ctx, projectId, tx, plan)
      return { promotion, items: promotion.items, expected }
    }),
  )
}

/** The other way round. What was added stays: there is no earlier value to go back to. */
const reversed = ({ item, change, before, after }: Difference): Difference =>
  change === 'change'
    ? { item, change, before: after, after: before }
    : { item, change: 'kept', before: after ?? before, after: null }

/**
 * Gives an environment back what a promotion replaced there. Throws `version_mismatch` when an item has been written
 * since, so that nobody's later work is lost.
 */
export async function undoPromotion(ctx: Ctx, projectId: string, promotionId: string) {
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      if ((await lockProjectRow(projectId, tx)) === undefined) throw notFound()
      const row = await findPromotion(projectId, tx, promotionId)
      if (row === undefined) throw notFound()
      const to = row.to_environment_id
      await assertInProject(projectId, tx, to)
      const items = Differences.parse(row.items).map(reversed)
      const plan = { action: 'promotions.undo', from: to, to, undoes: promotionId, items }
      return { promotion: await carryOut(ctx, projectId, tx, plan) }
    }),
  )
}

/** The promotions of a project, newest first. */
export async function listPromotions(
  ctx: Ctx,
  projectId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listPromotionRows(projectId, ctx.db, after, page.limit + 1)
  return pageOf(rows, page.limit, toPromotion, row => row.id)
}

export async function readPromotion(ctx: Ctx, projectId: string, promotionId: string) {
  const row = await findPromotion(projectId, ctx.db, promotionId)
  if (row === undefined) throw notFound()
  return { promotion: toPromotion(row) }
}
