import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { sessionsEnded } from '../auth/service.js'
import { eraseDue } from './erase.js'
import { requestErasure } from './service.js'
import { lastErasureOf, listTombstones, playerExists } from './store.js'

/** Erases the players who asked for it. */
export const erasePlayers = (parts: Parts, log: Logger): Closable =>
  parts.repeat({ name: 'erasures', everyMs: 2_000, work: () => eraseDue(parts, log) })

/** A database that was restored from an old backup holds players who were erased since: they are erased again. */
export async function honourTombstones(parts: Parts): Promise<void> {
  for await (const { environmentId, playerId } of listTombstones(parts.blobs)) {
    if (!(await playerExists(environmentId, parts.db, playerId))) continue
    const before = await lastErasureOf(environmentId, parts.db, playerId)
    const reason = before?.reason ?? 'erased before the backup was taken'
    const request = { reason, requestedBy: 'tombstone' as const }
    const made = await parts.db.transaction(tx =>
      requestErasure(parts, environmentId, tx, playerId, request),
    )
    if (made !== undefined) sessionsEnded(parts, made.ended)
  }
}

export const keepTombstones = (parts: Parts): Closable =>
  parts.repeat({
    name: 'tombstones',
    everyMs: 6 * 3_600_000,
    atStart: true,
    work: () => honourTombstones(parts),
  })
