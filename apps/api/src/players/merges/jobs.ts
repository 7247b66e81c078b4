import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { sessionsEnded } from '../auth/service.js'
import { requestErasure } from '../erasure/service.js'
import { finishOneMerge } from './store.js'

/** One merge whose time to undo is over: the account that was closed is erased. False when there is none. */
async function finishOne(parts: Parts): Promise<boolean> {
  const ended = await parts.db.transaction(async tx => {
    const row = await finishOneMerge(tx, parts.now())
    if (row === undefined) return undefined
    const { environment_id: environmentId, merged_player_id: playerId } = row
    const request = { reason: 'became part of another account', requestedBy: 'retention' as const }
    const made = await requestErasure(parts, environmentId, tx, playerId, request)
    return made?.ended ?? []
  })
  if (ended === undefined) return false
  sessionsEnded(parts, ended)
  return true
}

async function finishDue(parts: Parts): Promise<void> {
  while (await finishOne(parts));
}

export const finishMerges = (parts: Parts): Closable =>
  parts.repeat({ name: 'merges', everyMs: 3_600_000, work: () => finishDue(parts) })
