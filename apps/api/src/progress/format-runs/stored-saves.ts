import type { Db } from '@aethex/shared/db'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'

/** Where a version lies. */
export interface VersionPlace {
  player_id: string
  save_id: string
  version: number
}

/** A version as a walk over all of them meets it. */
export interface StoredVersion extends VersionPlace {
  deleted: boolean
  content_type: string | null
  schema_version: number
  size: number
  migrated_from: number | null
}

export type RunParts = Parts & { log: Logger }

/** What a run asks of the saves feature. */
export interface StoredSaves {
  /** All versions of an environment, or its living heads; undefined when that takes too long to count. */
  count(environmentId: string, db: Db, which: 'versions' | 'heads'): Promise<number | undefined>
  /** Every version that is kept, those of deleted slots included, in the order of their places. */
  versionsAfter(
    environmentId: string,
    db: Db,
    after: VersionPlace | undefined,
    limit: number,
  ): Promise<StoredVersion[]>
  /** The heads of living slots, in the order of their places. */
  headsAfter(
    environmentId: string,
    db: Db,
    after: VersionPlace | undefined,
    limit: number,
  ): Promise<StoredVersion[]>
  head(environmentId: string, db: Db, at: VersionPlace): Promise<StoredVersion | undefined>
  /** The bytes of a version; undefined when it is gone. Throws `save_corrupt`. */
  load(parts: RunParts, environmentId: string, at: VersionPlace): Promise<Buffer | undefined>
  /**
   * Adds a version to a slot in the name of a run, on the base it was made from, and once only: what the run added
   * there before is answered as it is. Undefined when the base is not the head any more.
   */
  append(
    parts: RunParts,
    environmentId: string,
    base: VersionPlace,
    made: { runId: string; bytes: Buffer; schemaVersion: number },
  ): Promise<StoredVersion | undefined>
  /** What a run has added to a slot, if it has. */
  added(
    parts: RunParts,
    environmentId: string,
    at: VersionPlace,
    runId: string,
  ): Promise<{ size: number; baseSize: number } | undefined>
}
