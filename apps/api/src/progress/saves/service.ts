import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { rulesFor } from './conflict-rules.js'
import { conflict, settle } from './conflicts.js'
import { documentBytes, documentType, packContent, tombstone } from './content.js'
import { warningOf } from './limit.js'
import { ownerOf } from './owner.js'
import { discardPacks } from './parts.js'
import { findHead } from './read-store.js'
import type { Facts, OnConflict } from './schema.js'
import type { NewVersion, VersionContent, VersionRow } from './store.js'
import { carriedOutBefore, commitVersions, factsOf, type Written } from './writing.js'

export { rulesFor } from './conflict-rules.js'
export { declaredHash } from './content-digest.js'
export { limitReached, roomFor } from './limit.js'
export { formatWalk } from './migrated.js'
export { ownerOf } from './owner.js'
export type { PackRow } from './packs/content.js'
export { discardPacks, joinParts, type StoredPart, storePart } from './parts.js'
export { listHistory, listSaves, readSave } from './reading.js'

/** What is written, besides its content. */
export interface Write extends Facts {
  save_id: string
  base_version?: number | undefined
  on_conflict?: OnConflict | undefined
}

/** Bytes that are written: all at once, as they come, or stored already. */
export interface Content extends Pick<NewVersion, 'action' | 'alongside'> {
  contentType: string
  bytes: Buffer | AsyncIterable<Uint8Array> | VersionContent
  /** How many there will be, where that is known. */
  size?: number | undefined
  /** The SHA-256 that they must have. */
  hash?: Buffer | undefined
}

/** What was stored for a write that is over the limit may be the retry of one that was taken. */
async function unlessCarriedOut(ctx: Ctx, playerId: string, error: unknown): Promise<Written> {
  const isLimit = error instanceof Problem && error.code === 'usage_limit_reached'
  const before = isLimit ? await carriedOutBefore(ctx, playerId) : undefined
  if (before === undefined) throw error
  return before
}

/** Whether a write on that base cannot be what comes next. */
const isStale = (head: VersionRow | undefined, baseVersion: number | undefined): boolean =>
  head === undefined
    ? (baseVersion ?? 0) > 0
    : baseVersion === undefined
      ? head.deleted
      : head.version !== baseVersion

/** Throws `save_conflict` where a write on that base cannot be what comes next. */
export async function assertBase(
  ctx: Ctx,
  playerId: string,
  on: Pick<NewVersion, 'saveId' | 'baseVersion'>,
): Promise<void> {
  const head = await findHead(environmentOf(ctx), ctx.db, playerId, on.saveId)
  if (isStale(head, on.baseVersion)) throw await conflict(ctx, playerId, on)
}

/** What is stored is held against its hash before any row names it. */
async function store(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  { bytes, contentType, size, hash }: Content,
  mayShare: boolean,
): Promise<VersionContent> {
  const isThere = 'packIds' in bytes
  const options = { contentType, sizeHint: size, mayShare }
  const stored = isThere ? bytes : await packContent(ctx, playerId, saveId, bytes, options)
  if (hash === undefined || stored.hash?.equals(hash)) return stored
  if (!isThere) await discardPacks(ctx, environmentOf(ctx), playerId, stored.newPacks)
  throw new Problem('digest_mismatch')
}

async function write(ctx: Ctx, playerId: string, asked: Write, content: Content): Promise<Written> {
  const { save_id: saveId, base_version: baseVersion, on_conflict: onConflict, ...facts } = asked
  const { bytes, action, alongside } = content
  const isWhole = Buffer.isBuffer(bytes)
  // A stream cannot be read again for a slot of its own: where that may come, it shares nothing from the start.
  const strategy = isWhole
    ? onConflict?.strategy
    : (onConflict?.strategy ?? (await rulesFor(ctx, saveId)).strategy)
  const plan = { ...onConflict, strategy, bytes: isWhole ? bytes : undefined }
  if (!isWhole) {
    // What would be sent in vain need not be sent to its end.
    const before = await carriedOutBefore(ctx, playerId)
    if (before !== undefined) return before
    if (strategy === 'refuse') await assertBase(ctx, playerId, { saveId, baseVersion })
  }
  for (let mayShare = isWhole || strategy !== 'keep_both'; ; mayShare = false) {
    const mine: NewVersion = {
      saveId,
      baseVersion,
      deleted: false,
      content: await store(ctx, playerId, saveId, content, mayShare),
      facts: factsOf(facts),
      origin: {},
      action,
      alongside,
    }
    const written = await commitVersions(ctx, playerId, [mine])
    if (written !== undefined) return written
    const head = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
    if (isStale(head, baseVersion)) return settle(ctx, playerId, mine, plan)
    // What the version would have shared was swept away under it; a stream is gone, and has to be sent again.
    if (!isWhole || !mayShare) throw new Problem('unavailable')
  }
}

/**
 * Writes a new version: the objects first, then the row, then the answer.
 * Throws `save_conflict` with the newer save when the base is not the head and no strategy settles it, and
 * `usage_limit_reached` when the player's saves would grow beyond their limit.
 */
export async function writeContent(ctx: Ctx, userId: string, asked: Write, content: Content) {
  const playerId = ownerOf(ctx, userId)
  const { save, resolution, usedBytes } = await write(ctx, playerId, asked, content).catch(error =>
    unlessCarriedOut(ctx, playerId, error),
  )
  const warning = usedBytes === undefined ? undefined : await warningOf(ctx, usedBytes)
  return { answer: { save, resolution }, warning }
}

/** What the request's Idempotency-Key has written before, if it has. */
export async function writtenBefore(ctx: Ctx, userId: string) {
  const before = await carriedOutBefore(ctx, ownerOf(ctx, userId))
  return before && { save: before.save, resolution: before.resolution }
}

/** As `writeContent`, of a JSON value. */
export const writeDocument = (
  ctx: Ctx,
  userId: string,
  { data, ...asked }: Write & { data: unknown },
) => writeContent(ctx, userId, asked, { contentType: documentType, bytes: documentBytes(data) })

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
  // What was written after the first try of this very deletion stays.
  if ((await carriedOutBefore(ctx, playerId)) !== undefined) return
  for (;;) {
    const head = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
    if (head === undefined || head.deleted) throw notFound()
    const version: NewVersion = {
      saveId,
      baseVersion: baseVersion ?? head.version,
      deleted: true,
      content: tombstone,
      facts: factsOf({}),
      origin: {},
    }
    if ((await commitVersions(ctx, playerId, [version])) !== undefined) return
    // Without a base the slot is ended as it is by now.
    if (baseVersion !== undefined) throw await conflict(ctx, playerId, version)
  }
}
