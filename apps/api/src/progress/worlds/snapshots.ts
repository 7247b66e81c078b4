import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { heldWorld, keyOf } from './held-world.js'
import { worldHistory } from './settings.js'
import { addSnapshot, findSnapshotAt, type SnapshotRow } from './store.js'

export const largestState = 8 * 1_048_576

const compress = promisify(gzip)
const expand = promisify(gunzip)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

const toSnapshot = (row: SnapshotRow) => ({
  world_id: row.world_id,
  version: row.version,
  sequence: row.sequence,
  size: row.size,
  hash: row.hash.toString('hex'),
  created_at: row.created_at.toISOString(),
})

/** What the writer says the newest snapshot must be: one version, or that there is none; undefined for whatever is there. */
export type SnapshotCondition = number | 'absent' | undefined

/**
 * Writes what the events up to `sequence` came to, and lets go of the oldest snapshot beyond those that are kept.
 * Throws `version_mismatch` (with the `version` that is there), `sequence_mismatch` for a state that has seen events
 * which the journal has not, or fewer than the newest snapshot, and `body_too_large`.
 */
export async function writeSnapshot(
  ctx: Ctx,
  worldId: string,
  input: { sequence: number; state: unknown },
  condition: SnapshotCondition,
) {
  const environmentId = environmentOf(ctx)
  const bytes = Buffer.from(JSON.stringify(input.state))
  if (bytes.length > largestState) {
    throw new Problem('body_too_large', {
      detail: `The state is larger than ${largestState} bytes as JSON.`,
      extensions: { limit_bytes: largestState },
    })
  }
  const snapshot = {
    sequence: input.sequence,
    state: await compress(bytes, { level: 4 }),
    size: bytes.length,
    hash: sha256(bytes),
    keyId: keyOf(ctx),
  }
  const rules = await readSetting(environmentId, ctx.db, worldHistory)
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const world = await heldWorld(ctx, tx, worldId, rules.most_worlds)
      const version = world.snapshot_version
      const holds = condition === undefined || (condition === 'absent' ? 0 : condition) === version
      if (!holds) throw new Problem('version_mismatch', { extensions: { version } })
      const { last_sequence, snapshot_sequence } = world
      if (input.sequence > last_sequence || input.sequence < snapshot_sequence) {
        throw new Problem('sequence_mismatch', { extensions: { last_sequence, snapshot_sequence } })
      }
      const row = await addSnapshot(environmentId, tx, worldId, snapshot, rules.keep_snapshots)
      return { snapshot: toSnapshot(row) }
    }),
  )
}

/** The newest snapshot, or the newest one at or before an event, with its state. */
export async function readSnapshot(ctx: Ctx, worldId: string, atSequence: number | undefined) {
  const row = await findSnapshotAt(environmentOf(ctx), ctx.db, worldId, atSequence)
  if (row === undefined) throw notFound()
  const bytes = await expand(row.state, { maxOutputLength: largestState })
  const state: unknown = JSON.parse(bytes.toString())
  return { snapshot: toSnapshot(row), state }
}
