import { diffDocuments, type PatchOperation } from '@aethex/sdk/merge'
import { notFound, Problem } from '@aethex/shared/errors'
import { createLanes } from '@aethex/shared/limits'
import { auditUnlessPlayer } from '../../gateway/audited.js'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { changedRanges } from './changed-ranges.js'
import { conflict } from './conflicts.js'
import { contentAgain, documentOf, isDocument, placeOf, streamOf } from './content.js'
import { holdSlot, lastLivingVersion, pinVersion, unpinVersion } from './history-store.js'
import { ownerOf } from './owner.js'
import { findHead, findReadableVersion, findVersion, type ReadableRow } from './read-store.js'
import { findReadable } from './reading.js'
import { retentionRules } from './retention.js'
import { toSave } from './shown.js'
import { carriedOutBefore, commitVersions, factsAgain, type Written } from './writing.js'

const dayMs = 86_400_000
const mostMeetings = 8
// Comparing holds the process up: one at a time, and none that takes longer than a fraction of a second.
const mostCompared = 1_048_576
const inTurn = createLanes(1, 8)
// Of a small document a patch may well be longer than the document, and still says more.
const leastShortened = 65_536

async function ruleOf(ctx: Ctx) {
  const { tier } = await ctx.usage.agreement(environmentOf(ctx), ctx.db)
  return retentionRules[tier]
}

const answerOf = ({ save, resolution }: Written) => ({ save, resolution })

/** An older version once more, as the newest: nothing is stored anew. */
async function writeAgain(
  ctx: Ctx,
  playerId: string,
  row: ReadableRow,
  { baseVersion, action }: { baseVersion: number; action: string },
) {
  const version = {
    action,
    saveId: row.save_id,
    baseVersion,
    deleted: false,
    content: contentAgain(row),
    facts: factsAgain(row),
    origin: { restoredFrom: row.version },
  }
  const written = await commitVersions(ctx, playerId, [version])
  if (written === undefined) throw await conflict(ctx, playerId, version)
  return answerOf(written)
}

/**
 * Makes an older version the newest. Throws `not_found` for one that is not kept, and `save_conflict` when the slot is
 * not at the base any more; without a base it is restored over whatever is there.
 */
export async function restoreSave(
  ctx: Ctx,
  userId: string,
  saveId: string,
  { version, base_version: baseVersion }: { version: number; base_version?: number | undefined },
) {
  const playerId = ownerOf(ctx, userId)
  const before = await carriedOutBefore(ctx, playerId)
  if (before !== undefined) return answerOf(before)
  const row = await findReadable(ctx, playerId, saveId, version)
  const action = 'saves.restore'
  if (baseVersion !== undefined) return writeAgain(ctx, playerId, row, { baseVersion, action })
  // Without a base it is restored over what is there by now, however often that moves on meanwhile.
  for (let left = mostMeetings; ; left--) {
    const head = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
    try {
      return await writeAgain(ctx, playerId, row, { baseVersion: head?.version ?? 0, action })
    } catch (error) {
      const hasMoved = error instanceof Problem && error.code === 'save_conflict'
      if (!hasMoved || head?.deleted === true || left === 0) throw error
    }
  }
}

/**
 * Brings a deleted slot back as it was before, as a new version. Throws `not_found` for a slot that is not deleted, or
 * was for longer than the tier keeps it.
 */
export async function undeleteSave(ctx: Ctx, userId: string, saveId: string) {
  const playerId = ownerOf(ctx, userId)
  const environmentId = environmentOf(ctx)
  const before = await carriedOutBefore(ctx, playerId)
  if (before !== undefined) return answerOf(before)
  const head = await findHead(environmentId, ctx.db, playerId, saveId)
  const { undeleteDays } = await ruleOf(ctx)
  const isOver = (deletedAt: Date) =>
    deletedAt.getTime() < ctx.now().getTime() - undeleteDays * dayMs
  if (head === undefined || !head.deleted || isOver(head.created_at)) throw notFound()
  const version = await lastLivingVersion(environmentId, ctx.db, playerId, saveId)
  if (version === undefined) throw notFound()
  const which = { saveId, version, evenDeleted: true }
  const row = await findReadableVersion(environmentId, ctx.db, playerId, which)
  if (row === undefined) throw notFound()
  return writeAgain(ctx, playerId, row, { baseVersion: head.version, action: 'saves.undelete' })
}

/** Keeps a version for good, or no longer. Throws `too_many_pins` where the tier allows no more in the slot. */
export async function setPin(
  ctx: Ctx,
  userId: string,
  { saveId, version, pinned }: { saveId: string; version: number; pinned: boolean },
) {
  const playerId = ownerOf(ctx, userId)
  const environmentId = environmentOf(ctx)
  const { pins: most } = await ruleOf(ctx)
  return ctx.db.transaction(async tx => {
    const slot = await holdSlot(environmentId, tx, playerId, saveId)
    const before = await findVersion(environmentId, tx, playerId, saveId, version)
    if (slot === undefined || slot.deleted || before === undefined || before.deleted)
      throw notFound()
    const row = pinned
      ? await pinVersion(environmentId, tx, playerId, { saveId, version, most })
      : await unpinVersion(environmentId, tx, playerId, { saveId, version })
    if (row === undefined) throw new Problem('too_many_pins', { extensions: { allowed: most } })
    await auditUnlessPlayer(ctx, tx, {
      action: pinned ? 'saves.pin' : 'saves.unpin',
      target: playerId,
      details: { save_id: saveId, version },
    })
    return { save: toSave(row) }
  })
}

interface Difference {
  from: number
  to: number
  /** RFC 6902; null for files. */
  patch: PatchOperation[] | null
  /** Which bytes of `to` are not those of `from` at the same place; null for documents. */
  ranges: { offset: number; length: number }[] | null
}

/** What has changed from one version to another. Throws `save_too_large` for documents beyond 1 MiB, and
 * `busy` when too many are waiting. */
export async function diffSave(
  ctx: Ctx,
  userId: string,
  saveId: string,
  { from, to }: { from: number; to: number },
): Promise<Difference> {
  const playerId = ownerOf(ctx, userId)
  const older = await findReadable(ctx, playerId, saveId, from)
  const newer = await findReadable(ctx, playerId, saveId, to)
  if (isDocument(older) && isDocument(newer)) {
    if (Math.max(older.size, newer.size) > mostCompared) throw new Problem('save_too_large')
    const before = await documentOf(ctx, playerId, older)
    const after = await documentOf(ctx, playerId, newer)
    const patch = await inTurn(async () => diffDocuments(before, after))
    const isLonger = JSON.stringify(patch).length > Math.max(newer.size, leastShortened)
    const whole: PatchOperation[] = [{ op: 'replace', path: '', value: after }]
    return { from, to, patch: isLonger ? whole : patch, ranges: null }
  }
  const place = placeOf(ctx, playerId, saveId)
  const ranges = await changedRanges(streamOf(ctx, place, older), streamOf(ctx, place, newer))
  return { from, to, patch: null, ranges }
}
