import type { Blobs } from '@aethex/shared/blobs'
import type { Logger } from '@aethex/shared/log'
import { type Ctx, environmentOf, type Parts } from '../../gateway/context.js'
import { assertRoom, type HeadContent } from './limit.js'
import { openBlockCache } from './packs/block-cache.js'
import type { BaseVersion, ByteRange, PackTools, Place, StoredContent } from './packs/content.js'
import { openContent, packsOf, readContent, storeContent } from './packs/packs.js'
import { openRecentContents } from './packs/recent.js'
import { findBase, type ReadableRow } from './read-store.js'
import type { VersionContent, VersionRow } from './store.js'

/** What documents are kept as; everything else is a file. */
export const documentType = 'application/json'

/** Beyond this a document is not carried along by the answer to another question. */
const mostCarriedAlong = 1_048_576

// Content this small is one block of its own: there is nothing to share.
const leastShared = 16_384

// Up to here the statement that counts may decide: looking before would cost every save more than now and then an
// object that is left to the sweeper.
const leastLookedAt = 65_536

export const isDocument = (of: { content_type: string | null } | { contentType: string | null }) =>
  ('content_type' in of ? of.content_type : of.contentType) === documentType

// For each object store that this process has opened.
const memories = new WeakMap<Blobs, Pick<PackTools, 'blocks' | 'recent'>>()

type ContentParts = Pick<Parts, 'blobs' | 'dataKeys'> & { log: Logger }

/** What packing and unpacking need. */
export function packTools({ blobs, dataKeys, log }: ContentParts): PackTools {
  const memory = memories.get(blobs) ?? {
    blocks: openBlockCache(),
    recent: openRecentContents(),
  }
  memories.set(blobs, memory)
  return { blobs, dataKeys, log, ...memory }
}

export const placeOf = (ctx: Ctx, playerId: string, saveId: string): Place => ({
  environmentId: environmentOf(ctx),
  playerId,
  saveId,
})

/** Stored content as a version of that type. */
export const asVersion = (stored: StoredContent, contentType: string): VersionContent => ({
  hash: stored.hash,
  size: stored.size,
  storedSize: stored.storedSize,
  contentType,
  recipe: stored.recipe,
  packIds: packsOf(stored.recipe),
  reusedPacks: stored.reusedPacks,
  newPacks: stored.newPacks,
})

/** The content of a version for another one of its slot: nothing is stored anew. */
export const contentAgain = (row: ReadableRow): VersionContent => ({
  hash: row.hash,
  size: row.size,
  storedSize: 0,
  contentType: row.content_type,
  recipe: row.recipe,
  packIds: row.recipe === null ? [] : packsOf(row.recipe),
  reusedPacks: row.recipe === null ? [] : packsOf(row.recipe),
  newPacks: [],
})

export const tombstone: VersionContent = {
  hash: null,
  size: 0,
  storedSize: 0,
  contentType: null,
  recipe: null,
  packIds: [],
  reusedPacks: [],
  newPacks: [],
}

/** What the next version may share bytes with; from memory, where the head is what this process has stored last. */
async function baseOf(
  ctx: Ctx,
  place: Place,
  recent: BaseVersion | undefined,
  head: HeadContent | undefined,
): Promise<BaseVersion | undefined> {
  const isHead =
    recent !== undefined &&
    head !== undefined &&
    recent.hash.equals(head.hash) &&
    packsOf(recent.recipe).join() === head.packs.join()
  const { environmentId, playerId, saveId } = place
  return isHead ? recent : findBase(environmentId, ctx.db, playerId, saveId)
}

/**
 * Stores the bytes of a version-to-be, sharing what it can with the head of its slot. No row names them yet.
 * Throws `usage_limit_reached` as soon as they are too many.
 */
export async function packContent(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  content: Buffer | AsyncIterable<Uint8Array>,
  options: { contentType: string; sizeHint?: number | undefined; mayShare?: boolean },
): Promise<VersionContent> {
  const { contentType, mayShare = true } = options
  const tools = packTools(ctx)
  const place = placeOf(ctx, playerId, saveId)
  const size = Buffer.isBuffer(content) ? content.length : options.sizeHint
  const isLookedAt = size !== undefined && size > leastLookedAt
  const head = isLookedAt ? await assertRoom(ctx, playerId, saveId, size) : undefined
  const isWorthSharing = mayShare && (size === undefined || size > leastShared)
  const base = isWorthSharing
    ? await baseOf(ctx, place, tools.recent.of(place).base, head)
    : undefined
  const stored = await storeContent(tools, place, content, {
    ...(size === undefined ? {} : { sizeHint: size }),
    ...(base === undefined ? {} : { base }),
    // Of what comes without its length the room is looked at again as it grows.
    ...(size === undefined
      ? { beforePut: async soFar => void (await assertRoom(ctx, playerId, saveId, soFar.size)) }
      : {}),
  })
  if (isLookedAt && Buffer.isBuffer(content)) {
    const { recipe, hash } = stored
    const made = new Set(packsOf(recipe))
    const rows = [...(base?.packs ?? []), ...stored.newPacks].filter(row => made.has(row.pack_id))
    tools.recent.keep(place, { base: { recipe, hash, size, packs: rows } })
  }
  return asVersion(stored, contentType)
}

export const documentBytes = (data: unknown): Buffer => Buffer.from(JSON.stringify(data))
export const asDocument = (bytes: Buffer): unknown => JSON.parse(bytes.toString())

/** The bytes of a version, or a range of them, as they come; a whole version is held against its hash at its end. */
export async function* streamOf(
  parts: ContentParts,
  place: Place,
  { recipe, hash, size, made_of }: ReadableRow,
  range?: ByteRange,
): AsyncIterable<Uint8Array> {
  if (recipe === null || hash === null) return
  yield* openContent(packTools(parts), place, { recipe, hash, size }, made_of, range)
}

/** The bytes of a version, held against their hash. */
export async function bytesOf(
  parts: ContentParts,
  place: Place,
  { recipe, hash, size, made_of }: ReadableRow,
): Promise<Buffer> {
  if (recipe === null || hash === null) return Buffer.alloc(0)
  return readContent(packTools(parts), place, { recipe, hash, size }, made_of)
}

/** The JSON of a document. */
export const documentOf = async (ctx: Ctx, playerId: string, row: ReadableRow): Promise<unknown> =>
  asDocument(await bytesOf(ctx, placeOf(ctx, playerId, row.save_id), row))

/** Whether a version is a document that may be carried along by the answer to another question. */
export const isSmallDocument = (row: VersionRow) =>
  isDocument(row) && !row.deleted && row.size <= mostCarriedAlong
