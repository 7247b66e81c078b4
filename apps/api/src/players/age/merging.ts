import { Problem } from '@aethex/shared/errors'
import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { isChildAt, isSameResult } from './child-until.js'
import { findAge, forgetAge, keepAge } from './store.js'

const Memory = z.object({ carried: z.boolean() })

/**
 * A merge is no way out of an answer. The account of a child goes together only with one of the same answer
 * (`age_answered`), or with none that has yet to say (`age_required`); otherwise an answer is carried over.
 */
export const mergeable: Mergeable = {
  describe: async (parts, environmentId, playerId) => {
    const age = await findAge(environmentId, parts.db, playerId)
    return { is_child: age !== undefined && isChildAt(age, parts.now()) }
  },
  merge: async (parts, tx, { environmentId, from, to }) => {
    const [one, other] = [
      await findAge(environmentId, tx, from),
      await findAge(environmentId, tx, to),
    ]
    const isChild = [one, other].some(age => age !== undefined && isChildAt(age, parts.now()))
    if (isChild && (one === undefined || other === undefined)) throw new Problem('age_required')
    if (isChild && one && other && !isSameResult(one, other)) throw new Problem('age_answered')
    if (one === undefined || other !== undefined) return { carried: false }
    await keepAge(environmentId, tx, to, one, one.answeredAt)
    return { carried: true }
  },
  undo: async (_parts, tx, { environmentId, to }, memory) => {
    if (Memory.parse(memory).carried) await forgetAge(environmentId, tx, to)
  },
}
