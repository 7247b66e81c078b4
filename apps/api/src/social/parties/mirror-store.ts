import { dropSeats, type PartySeat, putParty } from '@aethex/shared/parties'
import type { Redis } from '@aethex/shared/redis'
import type { WholeParty } from './view.js'

// Asked while away, the connection would keep its callers waiting.
const isThere = (redis: Redis) => redis.status === 'ready'

/** Shows a party to the relays. */
export async function mirrorParty(
  redis: Redis,
  environmentId: string,
  { party, seats }: WholeParty,
): Promise<void> {
  if (isThere(redis)) await putParty(redis, environmentId, party, seats)
}

/** Shows the relays who is in a party no more. */
export async function mirrorLeft(
  redis: Redis,
  environmentId: string,
  seats: readonly PartySeat[],
): Promise<void> {
  if (isThere(redis)) await dropSeats(redis, environmentId, seats)
}
