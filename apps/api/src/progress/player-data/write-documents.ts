import { type Db, once, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { account, apply, assertRoom, type Change, type NextDocument } from './change.js'
import { entriesOf } from './entries.js'
import { addEntries, listIndexesOf, removeEntriesOf } from './index-store.js'
import { documentRules } from './settings.js'
import { toWritten } from './shown.js'
import {
  holdDocuments,
  holdUsage,
  type Place,
  putDocuments,
  removeDocuments,
  takeTurn,
  writeUsage,
} from './store.js'
import { type Subject, writerOf } from './subject.js'

type Rules = Awaited<ReturnType<typeof rulesOf>>
type Written = ReturnType<typeof toWritten>

const rulesOf = (ctx: Ctx) => readSetting(environmentOf(ctx), ctx.db, documentRules)

const idOf = ({ collection, key }: Place) => `${collection}/${key}`

/** Several documents are all written or none: the refusal says which one it was about. */
function named(error: unknown, change: Change, isBatch: boolean): unknown {
  if (!isBatch || !(error instanceof Problem)) return error
  const { collection, key } = change
  const { version } = error.toDocument('')
  return new Problem(error.code, {
    detail: error.message,
    extensions: { collection, key, ...(version === undefined ? {} : { version }) },
  })
}

async function keepEntries(
  environmentId: string,
  tx: Db,
  playerId: string,
  kept: readonly NextDocument[],
): Promise<void> {
  const collections = [...new Set(kept.map(({ collection }) => collection))]
  const indexes = await listIndexesOf(environmentId, tx, collections)
  if (indexes.length === 0) return
  const touched = kept.filter(one => indexes.some(index => index.collection === one.collection))
  await removeEntriesOf(environmentId, tx, playerId, touched)
  const entries = touched.flatMap(document => entriesOf(indexes, document))
  if (entries.length > 0) {
    await addEntries(
      environmentId,
      tx,
      entries.map(entry => ({ ...entry, playerId })),
    )
  }
}

/** One transaction: the player's sums are held first, so that whatever is decided here stays true. */
async function carryOut(
  ctx: Ctx,
  tx: Db,
  { playerId, side }: Subject,
  changes: readonly Change[],
  rules: Rules,
): Promise<(Written | null)[]> {
  const environmentId = environmentOf(ctx)
  await takeTurn(environmentId, tx)
  const before = await holdUsage(environmentId, tx, playerId)
  const held = await holdDocuments(environmentId, tx, playerId, changes)
  const current = new Map(held.map(row => [idOf(row), row]))
  let usage = before
  const kept: NextDocument[] = []
  const ended: Place[] = []
  for (const change of changes) {
    const row = current.get(idOf(change))
    try {
      const next = apply(change, row, side, before.highest_ended)
      usage = account(usage, row, next)
      if (next === undefined) ended.push(change)
      else kept.push(next)
    } catch (error) {
      throw named(error, change, changes.length > 1)
    }
  }
  assertRoom(before, usage, rules)
  const written = new Map<string, Written>()
  if (kept.length > 0) {
    for (const row of await putDocuments(environmentId, tx, playerId, kept)) {
      written.set(idOf(row), toWritten(row))
    }
    await keepEntries(environmentId, tx, playerId, kept)
  }
  if (ended.length > 0) await removeDocuments(environmentId, tx, playerId, ended)
  await writeUsage(environmentId, tx, playerId, usage)
  return changes.map(change => written.get(idOf(change)) ?? null)
}

function assertConditions(changes: readonly Change[], rules: Rules): void {
  if (!rules.require_conditions) return
  if (changes.every(({ condition }) => condition !== undefined)) return
  throw new Problem('condition_required')
}

/**
 * Writes documents of one player, all of them or none; answers them in the order of the changes, null for the ended.
 * `action` is the route's id: what a studio's server writes is written down under it, a player's own writing is not.
 * Throws `condition_required`, `limit_reached`, and what one change can be refused for.
 */
export async function writeDocuments(
  ctx: Ctx,
  userId: string,
  changes: readonly Change[],
  action: string,
) {
  const subject = writerOf(ctx, userId)
  const rules = await rulesOf(ctx)
  assertConditions(changes, rules)
  const work = async (tx: Db) => {
    const written = await carryOut(ctx, tx, subject, changes, rules)
    await auditUnlessPlayer(ctx, tx, {
      action,
      target: subject.playerId,
      details: { documents: changes.map(idOf) },
    })
    return written
  }
  try {
    const written = await once(ctx.db, ctx.idempotency, db => db.transaction(work))
    return written.map(one => (one === null ? null : { user_id: subject.playerId, ...one }))
  } catch (error) {
    const isOfNobody =
      violatedConstraint(error) === 'player_document_usage_environment_id_player_id_fkey'
    throw isOfNobody ? notFound() : error
  }
}

/** Writes one document; null when it was ended. */
export async function writeDocument(ctx: Ctx, userId: string, change: Change, action: string) {
  const [written = null] = await writeDocuments(ctx, userId, [change], action)
  return written
}
