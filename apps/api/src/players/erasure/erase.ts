import { audit } from '@aethex/shared/audit'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { playerData } from '../../player-data.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import { addressOf } from '../emails/service.js'
import { signReceipt } from './receipts.js'
import { kept, keyOfReceipts, tablesThatStay } from './service.js'
import {
  claimErasure,
  countLeft,
  type ErasureRow,
  finishErasure,
  markVerified,
  playerExists,
  postponeErasure,
  putTombstone,
} from './store.js'

const secondLookMs = 3_600_000
const firstWaitMs = 1_000
const longestWaitMs = 3_600_000

/** Has every feature forget the player; answers how much there was, by store. */
async function forget(
  parts: Parts,
  { environment_id: environmentId, player_id: playerId }: ErasureRow,
) {
  const erased: Record<string, number> = {}
  // Whatever a feature's statement says, it cannot forget a player of another tenant.
  const walled = { ...parts, db: parts.db.walled(environmentId) }
  for (const feature of playerData) {
    const counts = await feature.eraseFor(walled, environmentId, playerId)
    for (const [store, count] of Object.entries(counts)) {
      erased[store] = (erased[store] ?? 0) + count
    }
  }
  const left = await countLeft(environmentId, parts.db, playerId, tablesThatStay)
  if (Object.keys(left).length > 0) {
    throw new Error(`rows are left in ${Object.keys(left).join(', ')}`)
  }
  if (await playerExists(environmentId, parts.db, playerId)) throw new Error('the player is left')
  return erased
}

async function carryOut(parts: Parts, erasure: ErasureRow): Promise<void> {
  const { environment_id: environmentId, id, player_id: playerId } = erasure
  // The tombstone comes first: whatever happens from here on, a backup will not undo it.
  await putTombstone(environmentId, parts.blobs, playerId)
  const to = await addressOf(environmentId, parts.db, playerId)
  const erased = await forget(parts, erasure)
  const at = parts.now()
  const receipt = signReceipt(keyOfReceipts(parts).privateKey, {
    receipt_id: id,
    environment_id: environmentId,
    player_id: playerId,
    reason: erasure.reason,
    requested_by: erasure.requested_by,
    requested_at: erasure.created_at.toISOString(),
    erased_at: at.toISOString(),
    erased,
    kept: kept.map(one => ({ ...one })),
  })
  await parts.db.transaction(async tx => {
    const lookAgainAt = new Date(at.getTime() + secondLookMs)
    await finishErasure(environmentId, tx, { id, at, receipt, lookAgainAt })
    await audit(tx, {
      environmentId,
      actor: { kind: 'job', id: 'erasures' },
      action: 'erasures.done',
      target: playerId,
      details: { erasure: id },
      requestId: 'job',
    })
    await tellStudio(tx, environmentId, 'player.erased', { player_id: playerId, receipt_id: id })
    if (to !== undefined) {
      await parts.mail.queue(tx, {
        environmentId,
        to,
        template: 'erasure_done',
        values: { receipt: id },
      })
    }
  })
}

/** Erases every player whose time has come, one after the other; what fails is tried again later. */
export async function eraseDue(parts: Parts, log: Logger): Promise<void> {
  for (;;) {
    const erasure = await claimErasure(parts.db, parts.now())
    if (erasure === undefined) return
    try {
      if (erasure.state === 'pending') await carryOut(parts, erasure)
      else {
        // What was on its way through other processes when the first look was taken has arrived by now.
        await forget(parts, erasure)
        await markVerified(erasure.environment_id, parts.db, erasure.id, parts.now())
      }
    } catch (error) {
      log.warn({ err: error, erasure: erasure.id }, 'an erasure waits')
      const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** erasure.attempts)
      const until = new Date(parts.now().getTime() + waitMs)
      await postponeErasure(erasure.environment_id, parts.db, erasure.id, until)
    }
  }
}
