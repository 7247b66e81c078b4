import { type Ctx, environmentOf, type Parts } from '../../gateway/context.js'
import { asVersion, packTools, placeOf } from './content.js'
import type { PackRow, StoredContent } from './packs/content.js'
import { packKey } from './packs/pack-store.js'
import { hashContent, joinRecipes, packsOf, storeContent } from './packs/packs.js'
import { findBase, findPacks } from './read-store.js'
import type { VersionContent } from './store.js'
import { knownPacks, removeKeys } from './sweep-store.js'

/** A part of a file that lies in the store, as whoever keeps it for later keeps it. */
export type StoredPart = Pick<StoredContent, 'hash' | 'size' | 'recipe' | 'newPacks'> & {
  /** All that it is made of, the packs of the slot's versions among them. */
  packIds: readonly string[]
}

/**
 * Stores a part of a file. No row names it yet.
 * @param mayShare whether it may point at what the head of the slot holds already
 */
export async function storePart(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  stream: AsyncIterable<Uint8Array>,
  { wholeSize, mayShare }: { wholeSize: number; mayShare: boolean },
): Promise<StoredPart> {
  const base = mayShare ? await findBase(environmentOf(ctx), ctx.db, playerId, saveId) : undefined
  const stored = await storeContent(packTools(ctx), placeOf(ctx, playerId, saveId), stream, {
    sizeHint: wholeSize,
    ...(base === undefined ? {} : { base }),
  })
  const { hash, size, recipe, newPacks } = stored
  return { hash, size, recipe, newPacks, packIds: packsOf(recipe) }
}

/** Parts one after the other as one content; or, where packs that they point at have gone, which these are. */
export type JoinedParts = { content: VersionContent } | { lost: ReadonlySet<string> }

/** Makes one content of parts, and reads it once from beginning to end for its hash. */
export async function joinParts(
  ctx: Ctx,
  playerId: string,
  saveId: string,
  parts: { recipes: readonly Buffer[]; packs: readonly PackRow[]; size: number },
  contentType: string,
): Promise<JoinedParts> {
  const recipe = joinRecipes(parts.recipes)
  const { size } = parts
  const used = new Set(packsOf(recipe))
  const newPacks = parts.packs.filter(pack => used.has(pack.pack_id))
  const isNew = new Set(newPacks.map(pack => pack.pack_id))
  const reusedPacks = [...used].filter(pack => !isNew.has(pack))
  const reused = await findPacks(environmentOf(ctx), ctx.db, playerId, reusedPacks)
  if (reused.length < reusedPacks.length) {
    const found = new Set(reused.map(pack => pack.pack_id))
    return { lost: new Set(reusedPacks.filter(pack => !found.has(pack))) }
  }
  const place = placeOf(ctx, playerId, saveId)
  const packs = [...newPacks, ...reused]
  const hash = await hashContent(packTools(ctx), place, { recipe, size }, packs)
  const storedSize = newPacks.reduce((sum, pack) => sum + pack.stored_size, 0)
  return {
    content: asVersion({ hash, size, recipe, newPacks, reusedPacks, storedSize }, contentType),
  }
}

/** Removes the objects of packs that no row names any more. */
export async function discardPacks(
  { db, blobs }: Pick<Parts, 'db' | 'blobs'>,
  environmentId: string,
  playerId: string,
  packs: readonly { pack_id: string }[],
): Promise<void> {
  if (packs.length === 0) return
  const packIds = packs.map(pack => pack.pack_id)
  const named = await knownPacks(environmentId, db, playerId, packIds)
  const keys = packIds
    .filter(packId => !named.has(packId))
    .map(packId => packKey({ environmentId, playerId }, packId))
  await removeKeys(blobs, keys)
}
