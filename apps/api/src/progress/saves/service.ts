import { audit } from '@aethex/shared/audit'
import { type Db, once, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { loadData, storeData } from './bytes.js'
import { assertRoom, limitOf, limitReached, warningOf } from './limit.js'
import { SaveId } from './schema.js'
import {
  appendVersion,
  findHead,
  findVersion,
  isTooMuch,
  listSlots,
  listVersions,
  type NewVersion,
  type VersionRow,
} from './store.js'

const toSave = (row: VersionRow) => ({
  save_id: row.save_id,
  version: row.version,
  size: row.size,
  hash: row.hash?.toString('hex') ?? null,
  updated_at: row.created_at.toISOString(),
  metadata: row.metadata,
  deleted: row.deleted,
})

/** Whose saves are meant. A player reaches only their own; the studio's server reaches every player's. */
function ownerOf(ctx: Ctx, userId: string): string {
  if (ctx.actor.kind === 'player') {
    if (userId !== 'me' && userId !== ctx.actor.playerId) throw notFound()
    return ctx.actor.playerId
  }
  if (userId === 'me') {
    throw new Problem('invalid_request', {
      detail: '`me` needs a signed-in player; name the player’s id.',
    })
  }
  return userId
}

async function withData(ctx: Ctx, playerId: string, row: VersionRow) {
  const { hash, size } = row
  const data =
    hash === null
      ? null
      : await loadData(environmentOf(ctx), ctx.blobs, playerId, { hash, size }, ctx.log)
  return { save: toSave(row), data }
}

/** The refusal that lets the caller go on: it carries the version they did not know of, with its data. */
async function conflict(ctx: Ctx, playerId: string, saveId: string): Promise<Problem> {
  const head = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
  const current = head === undefined ? null : await withData(ctx, playerId, head)
  return new Problem('save_conflict', { extensions: { current } })
}

/** Thrown inside the transaction, so that a refused write leaves no receipt behind. */
class StaleBase extends Error {}

/** What a studio's server writes into a player's saves is written down; a player's own writing is not. */
async function writeDown(ctx: Ctx, db: Db, playerId: string, row: VersionRow): Promise<void> {
  if (ctx.actor.kind === 'player') return
  await audit(db, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    action: row.deleted ? 'saves.delete' : 'saves.write',
    target: playerId,
    details: { save_id: row.save_id, version: row.version },
    requestId: ctx.requestId,
  })
}

async function append(ctx: Ctx, playerId: string, version: NewVersion) {
  const limit = await limitOf(ctx)
  const work = async (db: Db) => {
    const added = await appendVersion(environmentOf(ctx), db, playerId, version, limit)
    if (added === undefined) throw new StaleBase()
    await writeDown(ctx, db, playerId, added)
    return { save: toSave(added), used_bytes: added.used_bytes }
  }
  try {
    return await once(ctx.db, ctx.idempotency, db =>
      // A player's version is one statement and needs no transaction around it.
      ctx.actor.kind === 'player' ? work(db) : db.transaction(work),
    )
  } catch (error) {
    if (error instanceof StaleBase) throw await conflict(ctx, playerId, version.saveId)
    if (isTooMuch(error)) throw await limitReached(ctx, playerId, version.saveId)
    throw violatedConstraint(error) === 'save_slot_environment_id_player_id_fkey'
      ? notFound()
      : error
  }
}

/**
 * Writes a new version: the object first, then the row, then the answer.
 * Throws `save_conflict` with the newer save when `base_version` is not the head, and `usage_limit_reached` when the
 * player's saves would grow beyond their limit.
 */
export async function writeSave(
  ctx: Ctx,
  userId: string,
  input: {
    save_id: string
    data: unknown
    base_version?: number | undefined
    metadata?: VersionRow['metadata'] | undefined
  },
) {
  const playerId = ownerOf(ctx, userId)
  const stored = await storeData(environmentOf(ctx), ctx.blobs, playerId, input.data, size =>
    assertRoom(ctx, playerId, input.save_id, size),
  )
  const { save, used_bytes: usedBytes } = await append(ctx, playerId, {
    saveId: input.save_id,
    baseVersion: input.base_version,
    deleted: false,
    metadata: input.metadata ?? {},
    ...stored,
  })
  return { save, warning: await warningOf(ctx, usedBytes) }
}

const tombstone = {
  deleted: true,
  hash: null,
  size: 0,
  storedSize: 0,
  encoding: 'none',
  metadata: {},
} as const

/**
 * Ends a slot with a tombstone version, which a device that was offline cannot overwrite unknowingly.
 * Without a base whatever is there is ended; of several at once one succeeds and the others find nothing.
 */
export async function deleteSave(
  ctx: Ctx,
  userId: string,
  saveId: string,
  baseVersion: number | undefined,
): Promise<void> {
  const playerId = ownerOf(ctx, userId)
  for (;;) {
    const head = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
    if (head === undefined || head.deleted) throw notFound()
    try {
      await append(ctx, playerId, {
        saveId,
        baseVersion: baseVersion ?? head.version,
        ...tombstone,
      })
      return
    } catch (error) {
      const hasMoved = error instanceof Problem && error.code === 'save_conflict'
      // The caller named no base, so the slot is ended as it is now.
      if (!hasMoved || baseVersion !== undefined) throw error
    }
  }
}

/** The head of a slot, or one of its versions, with its data. */
export async function readSave(
  ctx: Ctx,
  userId: string,
  saveId: string,
  version: number | undefined,
) {
  const playerId = ownerOf(ctx, userId)
  const environmentId = environmentOf(ctx)
  const row =
    version === undefined
      ? await findHead(environmentId, ctx.db, playerId, saveId)
      : await findVersion(environmentId, ctx.db, playerId, saveId, version)
  if (row === undefined || row.deleted) throw notFound()
  return withData(ctx, playerId, row)
}

/** The living slots of a player, by name. */
export async function listSaves(
  ctx: Ctx,
  userId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const after = page.cursor === undefined ? '' : decodeCursor(SaveId, page.cursor)
  const rows = await listSlots(environmentOf(ctx), ctx.db, playerId, after, page.limit + 1)
  return pageOf(rows, page.limit, row => row.save_id)
}

/** Every version of a slot, newest first, tombstones included. */
export async function listHistory(
  ctx: Ctx,
  userId: string,
  page: { save_id: string; limit: number; cursor?: string | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const before = page.cursor === undefined ? 2 ** 31 - 1 : decodeCursor(z.int32(), page.cursor)
  const rows = await listVersions(
    environmentOf(ctx),
    ctx.db,
    playerId,
    page.save_id,
    before,
    page.limit + 1,
  )
  return pageOf(rows, page.limit, row => row.version)
}

function pageOf(rows: VersionRow[], limit: number, position: (row: VersionRow) => string | number) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items: items.map(toSave),
    next_cursor: rows.length > limit && last ? encodeCursor(position(last)) : null,
  }
}
