import type { Db } from '@aethex/shared/db'
import { findBrief, type PartyBrief } from './store.js'

/** The party that a player is in, if any. */
export const partyOf = (
  environmentId: string,
  db: Db,
  playerId: string,
): Promise<PartyBrief | undefined> => findBrief(environmentId, db, playerId)
