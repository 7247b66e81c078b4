import { type ConflictedSide, type ResolvedConflict, resolveConflict } from '@aethex/sdk/merge'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { rulesFor } from './conflict-rules.js'
import type { ConflictStrategy, Preview } from './conflict-shapes.js'
import {
  asDocument,
  contentAgain,
  documentBytes,
  documentOf,
  isDocument,
  packContent,
} from './content.js'
import { findReadableHead, findReadableVersion, type ReadableRow } from './read-store.js'
import { shownWithData } from './reading.js'
import type { OnConflict, Resolution } from './schema.js'
import type { NewVersion } from './store.js'
import { commitVersions, factsAgain, type Written } from './writing.js'

/** A slot that others write all the time must not keep a write merging for ever. */
const mostMeetings = 8

const mostBranches = 100
const longestName = 64
// Looking into larger ones only to show what differs is not worth the wait.
const mostPreviewed = 1_048_576
// Merging holds the process up: for the worst of documents nearly half a second at this size, for usual ones little.
const mostMerged = 2 * 1_048_576
const mostPreviewBytes = 65_536

/** What a write wants done when it meets a newer version; undefined: as the studio has set it. */
export interface Plan extends OnConflict {
  /** The content, where it was read whole: merging and branching need it once more. */
  bytes: Buffer | undefined
}

/** The version that the writer's content was made from, while it is kept: what both sides have in common. */
async function ancestorOf(
  ctx: Ctx,
  playerId: string,
  { saveId, baseVersion: version }: Pick<NewVersion, 'saveId' | 'baseVersion'>,
): Promise<ReadableRow | undefined> {
  if (version === undefined || version === 0) return undefined
  const row = await findReadableVersion(environmentOf(ctx), ctx.db, playerId, { saveId, version })
  return row?.deleted === true ? undefined : row
}

/** The refusal that lets the caller go on: with the version they did not know of, and the one that both are made from. */
async function refusal(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  sides: { head: ReadableRow | undefined; ancestor: ReadableRow | undefined },
  preview: Preview,
): Promise<Problem> {
  const shown = (row: ReadableRow | undefined) =>
    row === undefined ? null : shownWithData(ctx, playerId, row)
  const [current, ancestor] = await Promise.all([shown(sides.head), shown(sides.ancestor)])
  // Those of the studio, for a device that settles it by itself.
  const { rules } = await rulesFor(ctx, saveId)
  return new Problem('save_conflict', { extensions: { current, ancestor, preview, rules } })
}

/** As the refusal of a write, for what writes no content. */
export async function conflict(
  ctx: Ctx,
  playerId: string,
  version: Pick<NewVersion, 'saveId' | 'baseVersion'>,
): Promise<Problem> {
  const { saveId } = version
  const head = await findReadableHead(environmentOf(ctx), ctx.db, playerId, saveId)
  const ancestor = await ancestorOf(ctx, playerId, version)
  return refusal(ctx, playerId, saveId, { head, ancestor }, [])
}

const dataOf = async (ctx: Ctx, playerId: string, row: ReadableRow | undefined, most: number) =>
  row !== undefined && isDocument(row) && row.size <= most
    ? documentOf(ctx, playerId, row)
    : undefined

const sideOf = (
  data: unknown,
  clientTime: string | undefined,
  playTimeSeconds: number | null,
  receivedAt: Date,
): ConflictedSide => ({
  data,
  client_time: clientTime,
  received_at: receivedAt.toISOString(),
  play_time_seconds: playTimeSeconds,
})

/** Fields until they are enough: an answer is no place for a whole document, three times. */
function shortened(preview: Preview): Preview {
  let left = mostPreviewBytes
  const end = preview.findIndex(field => {
    left -= JSON.stringify(field).length
    return left < 0
  })
  return end < 0 ? preview : preview.slice(0, end)
}

async function resolve(
  ctx: Ctx,
  playerId: string,
  mine: NewVersion,
  { head, ancestor }: { head: ReadableRow; ancestor: ReadableRow | undefined },
  { strategy, bytes }: { strategy: ConflictStrategy; bytes: Buffer | undefined },
): Promise<ResolvedConflict> {
  const { rules } = await rulesFor(ctx, mine.saveId)
  const most = strategy === 'merge' ? mostMerged : mostPreviewed
  const isReadable = bytes !== undefined && bytes.length <= most && isDocument(mine.content)
  const { facts } = mine
  return resolveConflict(strategy, {
    base: await dataOf(ctx, playerId, ancestor, most),
    mine: sideOf(
      isReadable ? asDocument(bytes) : undefined,
      facts.clientTime ?? undefined,
      facts.playTimeSeconds,
      ctx.now(),
    ),
    theirs: sideOf(
      isReadable ? await dataOf(ctx, playerId, head, most) : undefined,
      head.client_time?.toISOString(),
      head.play_time_seconds,
      head.created_at,
    ),
    rules,
  })
}

/** `<slot>-<branch>`, and where that is taken `<slot>-<branch>-2` … */
function branchName(saveId: string, branch: string, attempt: number): string {
  const ending = attempt === 0 ? `-${branch}` : `-${branch}-${attempt + 1}`
  return saveId.slice(0, longestName - ending.length) + ending
}

/** The writer's version in a slot of its own. */
async function keepBoth(
  ctx: Ctx,
  playerId: string,
  mine: NewVersion,
  { branch = 'conflict', bytes }: Plan,
  resolution: Resolution,
): Promise<Written | undefined> {
  const { contentType } = mine.content
  const branchOf = { saveId: mine.saveId, version: mine.baseVersion ?? resolution.met_version }
  for (let attempt = 0; attempt < mostBranches; attempt++) {
    const saveId = branchName(mine.saveId, branch, attempt)
    // What a slot shares among its versions it does not share with another slot.
    const isOwn = mine.content.reusedPacks.length === 0 || contentType === null || !bytes
    const content = isOwn
      ? mine.content
      : await packContent(ctx, playerId, saveId, bytes, { contentType, mayShare: false })
    const version = { ...mine, saveId, baseVersion: 0, content, origin: { branchOf } }
    const written = await commitVersions(ctx, playerId, [version], resolution)
    if (written !== undefined) return written
  }
  return undefined
}

/** The versions that carry a resolution out, the last of which is the answer. What loses is kept in the history. */
async function versionsFor(
  ctx: Ctx,
  playerId: string,
  mine: NewVersion,
  head: ReadableRow,
  { outcome, data }: ResolvedConflict,
): Promise<NewVersion[]> {
  const over = { ...mine, baseVersion: head.version, origin: { mergedVersion: mine.baseVersion } }
  if (outcome === 'mine') return [over]
  if (outcome === 'theirs') {
    const again = {
      ...over,
      baseVersion: head.version + 1,
      content: contentAgain(head),
      facts: factsAgain(head),
      origin: { restoredFrom: head.version },
    }
    return [over, again]
  }
  const contentType = mine.content.contentType ?? ''
  const content = await packContent(ctx, playerId, mine.saveId, documentBytes(data), {
    contentType,
  })
  return [{ ...over, content }]
}

/**
 * Does with a write that met a newer version what its plan, or the studio's setting, says.
 * Throws `save_conflict` when that is to refuse, when a field has to be asked for, and always for a deleted slot.
 */
export async function settle(
  ctx: Ctx,
  playerId: string,
  mine: NewVersion,
  plan: Plan,
): Promise<Written> {
  const strategy = plan.strategy ?? (await rulesFor(ctx, mine.saveId)).strategy
  const ancestor = await ancestorOf(ctx, playerId, mine)
  for (let meetings = 1; ; meetings++) {
    const head = await findReadableHead(environmentOf(ctx), ctx.db, playerId, mine.saveId)
    if (head === undefined || head.deleted) {
      throw await refusal(ctx, playerId, mine.saveId, { head, ancestor }, [])
    }
    const sides = { head, ancestor }
    const resolved = await resolve(ctx, playerId, mine, sides, { strategy, bytes: plan.bytes })
    const { outcome } = resolved
    const preview = shortened(resolved.preview)
    if (strategy === 'refuse' || outcome === 'ask' || meetings === mostMeetings) {
      throw await refusal(ctx, playerId, mine.saveId, sides, preview)
    }
    const resolution = { strategy, outcome, met_version: head.version, preview }
    const written =
      outcome === 'branched'
        ? await keepBoth(ctx, playerId, mine, plan, resolution)
        : await commitVersions(
            ctx,
            playerId,
            await versionsFor(ctx, playerId, mine, head, resolved),
            resolution,
          )
    if (written !== undefined) return written
  }
}
