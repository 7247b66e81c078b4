import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { endParty } from './ending.js'
import { holdParty } from './standing.js'
import { isUntouched, listUntouched } from './store.js'
import { noEffects, tell } from './telling.js'

export const untouchedMs = 24 * 3_600_000
const atOnce = 200

/** Ends the parties that nobody has touched for a day. Answers how many. */
export async function endForgotten(
  parts: Pick<Parts, 'db' | 'redis' | 'now'>,
  log: Logger,
): Promise<number> {
  const now = parts.now()
  const before = new Date(now.getTime() - untouchedMs)
  let ended = 0
  for (;;) {
    const found = await listUntouched(parts.db, before, atOnce)
    for (const { environment_id, id } of found) {
      const effects = await parts.db.transaction(async tx => {
        const told = noEffects()
        if (!(await isUntouched(environment_id, tx, id, before))) return told
        const held = await holdParty(environment_id, tx, id)
        await endParty(environment_id, tx, held, { now, reason: 'ended' }, told)
        return told
      })
      await tell({ redis: parts.redis, log }, environment_id, effects)
      ended++
    }
    if (found.length < atOnce) return ended
  }
}
