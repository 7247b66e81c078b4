import { type Db, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import { limitOf, limitReached } from './limit.js'
import { pruneLater } from './pruning.js'
import { findVersion } from './read-store.js'
import type { Facts, Resolution, Save } from './schema.js'
import { toSave } from './shown.js'
import {
  type AppendedRow,
  appendVersion,
  findOperation,
  isCarriedOut,
  isOfClosed,
  isTooMuch,
  type NewVersion,
  type VersionFacts,
  type VersionRow,
} from './store.js'
import { hearsOfSaves, pushSave } from './telling.js'

export interface Written {
  save: Save
  resolution: Resolution | null
  /** What the player's living saves take now; undefined when the write had been carried out before. */
  usedBytes: number | undefined
}

/** Thrown inside the transaction, so that a refused write takes back what was added before it. */
class StaleBase extends Error {}

export const factsOf = (facts: Facts): VersionFacts => ({
  name: facts.name ?? null,
  device: facts.device ?? null,
  platform: facts.platform ?? null,
  clientTime: facts.client_time ?? null,
  playTimeSeconds: facts.play_time_seconds ?? null,
  schemaVersion: facts.schema_version ?? 0,
  metadata: facts.metadata ?? {},
})

/** What is told of a version, for another one with the same content. */
export const factsAgain = (row: VersionRow): VersionFacts => ({
  name: row.name,
  device: row.device,
  platform: row.platform,
  clientTime: row.client_time?.toISOString() ?? null,
  playTimeSeconds: row.play_time_seconds,
  schemaVersion: row.schema_version,
  metadata: row.metadata,
})

const writeDown = (
  ctx: Ctx,
  db: Db,
  playerId: string,
  row: AppendedRow,
  action = row.deleted ? 'saves.delete' : 'saves.write',
): Promise<void> =>
  auditUnlessPlayer(ctx, db, {
    action,
    target: playerId,
    details: { save_id: row.save_id, version: row.version },
  })

/** What the request's Idempotency-Key did before; undefined when it did nothing yet. */
export async function carriedOutBefore(ctx: Ctx, playerId: string): Promise<Written | undefined> {
  if (ctx.idempotency === undefined) return undefined
  const { scope, key, requestHash } = ctx.idempotency
  const environmentId = environmentOf(ctx)
  const done = await findOperation(environmentId, ctx.db, playerId, `${scope} ${key}`)
  if (done === undefined) return undefined
  if (!done.request_hash.equals(requestHash)) throw new Problem('idempotency_key_reused')
  const row = await findVersion(environmentId, ctx.db, playerId, done.save_id, done.version)
  // The retention may have taken the version since: then its number is all there is to tell.
  if (row === undefined) {
    const { save_id, version } = done
    throw new Problem('save_version_gone', { extensions: { save_id, version } })
  }
  return { save: toSave(row), resolution: done.resolution, usedBytes: undefined }
}

const eventOf = (playerId: string, { save_id, version, hash, size, deleted }: AppendedRow) => ({
  player_id: playerId,
  save_id,
  version,
  hash: hash?.toString('hex') ?? null,
  size,
  deleted,
})

/**
 * Adds versions to a player's slots, all or none; the request's Idempotency-Key stands for the last of them.
 * Answers the last, or undefined when a base is not the head any more (or what it builds on was swept away).
 */
export async function commitVersions(
  ctx: Ctx,
  playerId: string,
  versions: readonly NewVersion[],
  resolution: Resolution | null = null,
): Promise<Written | undefined> {
  const environmentId = environmentOf(ctx)
  const limit = await limitOf(ctx)
  const operation = ctx.idempotency && {
    name: `${ctx.idempotency.scope} ${ctx.idempotency.key}`,
    requestHash: ctx.idempotency.requestHash,
    resolution,
  }
  const isHeard = await hearsOfSaves(ctx)
  const alongside = versions.at(-1)?.alongside
  const work = async (db: Db): Promise<AppendedRow[]> => {
    const rows: AppendedRow[] = []
    for (const [at, version] of versions.entries()) {
      const key = at === versions.length - 1 ? operation : undefined
      const row = await appendVersion(environmentId, db, playerId, version, limit, key)
      if (row === undefined) throw new StaleBase()
      rows.push(row)
      await writeDown(ctx, db, playerId, row, version.action)
      if (isHeard) await tellStudio(db, environmentId, 'save.written', eventOf(playerId, row))
    }
    await alongside?.(db)
    return rows
  }
  // A player's version is one statement and needs no transaction around it.
  const isOneStatement =
    versions.length === 1 && ctx.actor.kind === 'player' && !isHeard && alongside === undefined
  try {
    const rows = await (isOneStatement ? work(ctx.db) : ctx.db.transaction(work))
    for (const row of rows) {
      pushSave(ctx, playerId, row)
      pruneLater(ctx, playerId, row)
    }
    const last = rows.at(-1)
    if (last === undefined) return undefined
    return { save: toSave(last), resolution, usedBytes: last.used_bytes }
  } catch (error) {
    if (error instanceof StaleBase) return carriedOutBefore(ctx, playerId)
    if (isCarriedOut(error)) return carriedOutBefore(ctx, playerId)
    if (isOfClosed(error)) throw new Problem('account_closed')
    const [{ saveId } = { saveId: '' }] = versions
    if (isTooMuch(error)) throw await limitReached(ctx, playerId, saveId)
    throw violatedConstraint(error) === 'save_slot_environment_id_player_id_fkey'
      ? notFound()
      : error
  }
}
