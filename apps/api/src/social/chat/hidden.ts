import type { Db } from '@aethex/shared/db'
import { blocksAround } from '../friends/service.js'
import { silencedIds, silencerIds } from './people-store.js'

/** Whose words a player does not see: by a block of either side, or because the player has silenced them. */
export async function hiddenFor(environmentId: string, db: Db, readerId: string) {
  const [blocked, silenced] = await Promise.all([
    blocksAround(environmentId, db, readerId),
    silencedIds(environmentId, db, readerId),
  ])
  return [...new Set([...blocked, ...silenced])]
}

/** Who does not see the words of a player. */
export async function hiddenFrom(environmentId: string, db: Db, authorId: string) {
  const [blocked, silencers] = await Promise.all([
    blocksAround(environmentId, db, authorId),
    silencerIds(environmentId, db, authorId),
  ])
  return [...new Set([...blocked, ...silencers])]
}
