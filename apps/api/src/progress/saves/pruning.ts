import type { Ctx } from '../../gateway/context.js'
import { environmentOf } from '../../gateway/context.js'
import { pruneSlot } from './sweeping.js'

// The history of a slot is thinned once it has grown by so many versions.
const everyVersions = 8
const mostWaiting = 1_000

let waiting = 0
let last: Promise<void> = Promise.resolve()

/**
 * Thins the history of a slot that was just written to, beside the answer and one slot after the other. What is left out,
 * because the process ends or too much is waiting, is caught up with by a later version of the slot.
 */
export function pruneLater(
  ctx: Ctx,
  playerId: string,
  { save_id: saveId, version }: { save_id: string; version: number },
): void {
  if (version % everyVersions !== 0 || waiting >= mostWaiting) return
  const { db, blobs, usage, now, log } = ctx
  const slot = { environmentId: environmentOf(ctx), playerId, saveId }
  waiting += 1
  last = last
    .then(() => pruneSlot({ db, blobs, usage, now }, slot))
    .catch(error => log.warn({ err: error, ...slot }, 'the history of a slot was not thinned'))
    .finally(() => {
      waiting -= 1
    })
}
