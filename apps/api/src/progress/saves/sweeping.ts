import type { Db } from '@aethex/shared/db'
import type { Parts } from '../../gateway/context.js'
import { datedVersions, forgetVersions, holdSlot } from './history-store.js'
import { packKey } from './packs/pack-store.js'
import { type RetentionRule, retentionRules, versionsToForget } from './retention.js'
import {
  type DeletedSlot,
  forgetDeleted,
  forgetOperations,
  knownPacks,
  listDeletedBefore,
  listPackKeys,
  partsOfKey,
  removeKeys,
} from './sweep-store.js'

type SweepParts = Pick<Parts, 'db' | 'blobs' | 'now'> & { usage: Pick<Parts['usage'], 'agreement'> }

const dayMs = 86_400_000
const pageSize = 500
/** How long a write is recognised by its Idempotency-Key: longer than a device stays away with an answer outstanding. */
const operationsKeptDays = 30
// A pack is put before its row; no write takes as long as this.
const orphanAgeMs = dayMs

const ruleOf = async ({ usage, db }: SweepParts, environmentId: string): Promise<RetentionRule> =>
  retentionRules[(await usage.agreement(environmentId, db)).tier]

interface Slot {
  environmentId: string
  playerId: string
  saveId: string
}

/** Rows first: an object without a row is only left over, a row without its object would be a lie. */
export async function removePacks(
  parts: Pick<Parts, 'blobs'>,
  of: Pick<Slot, 'environmentId' | 'playerId'>,
  packIds: readonly string[],
) {
  const keys = packIds.map(packId => packKey(of, packId))
  if (keys.length > 0) await removeKeys(parts.blobs, keys)
}

/** Forgets what the rule of the tier lets go of a slot's history. */
export async function pruneSlot(parts: SweepParts, slot: Slot): Promise<void> {
  const { environmentId, playerId, saveId } = slot
  const rule = await ruleOf(parts, environmentId)
  const dueBy = async (db: Db) =>
    versionsToForget(await datedVersions(environmentId, db, playerId, saveId), rule, parts.now())
  // Mostly there is nothing to forget, and no need to keep writers of the slot waiting.
  if ((await dueBy(parts.db)).length === 0) return
  const packIds = await parts.db.transaction(async tx => {
    if ((await holdSlot(environmentId, tx, playerId, saveId)) === undefined) return []
    const versions = await dueBy(tx)
    if (versions.length === 0) return []
    return forgetVersions(environmentId, tx, playerId, { saveId, versions })
  })
  await removePacks(parts, slot, packIds)
}

/** Forgets all of a deleted slot but its tombstone, which keeps devices that were away from bringing it back. */
async function purgeSlot(parts: SweepParts, deleted: DeletedSlot): Promise<void> {
  const { environment_id: environmentId, player_id: playerId, save_id: saveId } = deleted
  const packIds = await parts.db.transaction(async tx => {
    const slot = await holdSlot(environmentId, tx, playerId, saveId)
    const isStillDue = (await forgetDeleted(environmentId, tx, deleted)) !== undefined
    if (slot?.deleted !== true || !isStillDue) return []
    const dated = await datedVersions(environmentId, tx, playerId, saveId)
    const versions = dated.slice(1).map(({ version }) => version)
    return forgetVersions(environmentId, tx, playerId, { saveId, versions })
  })
  await removePacks(parts, { environmentId, playerId }, packIds)
}

/** Forgets the slots that were deleted for longer than their tier keeps them. */
export async function purgeDeleted(parts: SweepParts): Promise<void> {
  const shortest = Math.min(...Object.values(retentionRules).map(rule => rule.undeleteDays))
  const now = parts.now().getTime()
  const before = new Date(now - shortest * dayMs)
  let after = { deletedAt: new Date(0), saveId: '' }
  for (;;) {
    const page = await listDeletedBefore(before, parts.db, after, pageSize)
    for (const deleted of page) {
      const { undeleteDays } = await ruleOf(parts, deleted.environment_id)
      if (deleted.deleted_at.getTime() < now - undeleteDays * dayMs) await purgeSlot(parts, deleted)
      after = { deletedAt: deleted.deleted_at, saveId: deleted.save_id }
    }
    if (page.length < pageSize) return
  }
}

/** Forgets the keys of writes that nobody repeats any more. */
export async function tidyOperations({ db, now }: SweepParts): Promise<void> {
  const before = new Date(now().getTime() - operationsKeptDays * dayMs)
  while ((await forgetOperations(before, db, pageSize)) === pageSize);
}

/** Removes objects that no row names: what writes have left behind that were refused, or killed in the middle. */
export async function sweepOrphans(parts: SweepParts, prefix = ''): Promise<number> {
  const youngest = new Date(parts.now().getTime() - orphanAgeMs)
  let removed = 0
  for await (const page of listPackKeys(parts.blobs, prefix)) {
    const byPlayer = new Map<
      string,
      { environmentId: string; playerId: string; packIds: string[] }
    >()
    for (const { key, putAt } of page) {
      const found = partsOfKey(key)
      if (found === undefined || putAt > youngest) continue
      const { environmentId, playerId, packId } = found
      const name = `${environmentId}/${playerId}`
      const group = byPlayer.get(name) ?? { environmentId, playerId, packIds: [] }
      group.packIds.push(packId)
      byPlayer.set(name, group)
    }
    for (const { environmentId, playerId, packIds } of byPlayer.values()) {
      const named = await knownPacks(environmentId, parts.db, playerId, packIds)
      const orphans = packIds.filter(packId => !named.has(packId))
      await removePacks(parts, { environmentId, playerId }, orphans)
      removed += orphans.length
    }
  }
  return removed
}
