import type { Db } from '../db/index.js'
import type { Logger } from '../log/index.js'
import type { MasterKeys } from './master-keys.js'

export interface RotationParts {
  db: Db
  masterKeys: MasterKeys
  log: Logger
  /** How many keys make one step; each is committed by itself. */
  batch?: number
}

export const nobodysId = '00000000-0000-0000-0000-000000000000'

// A KMS allows some thousands of requests a second to all that use it: leave most of them to the game.
const inParallel = 10

/** Does `work` on all, a few at a time. */
export async function aFewAtATime<T, R>(
  all: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const done: R[] = []
  for (let from = 0; from < all.length; from += inParallel) {
    done.push(...(await Promise.all(all.slice(from, from + inParallel).map(work))))
  }
  return done
}
