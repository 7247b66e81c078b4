import { createHash } from 'node:crypto'
import type { Logger } from '@aethex/shared/log'
import type { Ctx, Parts } from '../../gateway/context.js'
import { bytesOf, documentType, packContent } from './content.js'
import { findReadableHead, findReadableVersion, findVersion } from './read-store.js'
import {
  countStored,
  headAt,
  headsAfter,
  type VersionPlace,
  versionsAfter,
  type WalkedVersion,
} from './walk-store.js'
import { carriedOutBefore, commitVersions, factsAgain } from './writing.js'

type JobParts = Parts & { log: Logger }

/** The context of a run's write. Its key stands for one write to one slot, however often the run begins anew. */
function contextOf(parts: JobParts, environmentId: string, runId: string, saveId: string): Ctx {
  const key = `format run ${runId}`
  return {
    ...parts,
    actor: { kind: 'job', environmentId, jobId: runId },
    address: '',
    deviceName: null,
    requestId: runId,
    callerId: `${environmentId}/job`,
    idempotency: {
      scope: key,
      key: saveId,
      requestHash: createHash('sha256').update(key).digest(),
    },
  }
}

/** The bytes of a version, of a deleted slot, too; undefined when it is gone. Throws `save_corrupt`. */
export async function loadVersion(
  parts: JobParts,
  environmentId: string,
  { player_id: playerId, save_id: saveId, version }: VersionPlace,
): Promise<Buffer | undefined> {
  const which = { saveId, version, evenDeleted: true }
  const row = await findReadableVersion(environmentId, parts.db, playerId, which)
  if (row === undefined || row.deleted) return undefined
  return bytesOf(parts, { environmentId, playerId, saveId }, row)
}

/**
 * Adds a version in another format on top of the one it was made from, in the name of a run; what the run has added to
 * the slot before is answered as it is. Undefined when the base is not the living head any more.
 */
export async function appendMigrated(
  parts: JobParts,
  environmentId: string,
  base: VersionPlace,
  made: { runId: string; bytes: Buffer; schemaVersion: number },
): Promise<WalkedVersion | undefined> {
  const { player_id: playerId, save_id: saveId, version } = base
  const ctx = contextOf(parts, environmentId, made.runId, saveId)
  const row = await findReadableHead(environmentId, parts.db, playerId, saveId)
  if (row === undefined || row.deleted || row.version !== version) return undefined
  const content = await packContent(ctx, playerId, saveId, made.bytes, {
    contentType: documentType,
  })
  const written = await commitVersions(ctx, playerId, [
    {
      saveId,
      baseVersion: version,
      deleted: false,
      content,
      facts: { ...factsAgain(row), schemaVersion: made.schemaVersion },
      origin: { migratedFrom: version },
    },
  ])
  return written && headAt(environmentId, parts.db, base)
}

/** What a run has added to a slot, and what that was made from; undefined when it has added nothing. */
export async function addedBy(
  parts: JobParts,
  environmentId: string,
  { player_id: playerId, save_id: saveId }: VersionPlace,
  runId: string,
): Promise<{ size: number; baseSize: number } | undefined> {
  const ctx = contextOf(parts, environmentId, runId, saveId)
  const added = await carriedOutBefore(ctx, playerId)
  if (added === undefined) return undefined
  const { size, migrated_from: from } = added.save
  const base =
    from === null ? undefined : await findVersion(environmentId, parts.db, playerId, saveId, from)
  return { size, baseSize: base?.size ?? 0 }
}

/** What a run over all saves of an environment asks of this feature. */
export const formatWalk = {
  count: countStored,
  versionsAfter,
  headsAfter,
  head: headAt,
  load: loadVersion,
  append: appendMigrated,
  added: addedBy,
}
