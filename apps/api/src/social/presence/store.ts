import { type PresenceRecord, readPresences } from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'

/** What the relays say of players, by id. */
export async function findPresences(
  environmentId: string,
  redis: Redis,
  playerIds: readonly string[],
): Promise<Map<string, PresenceRecord>> {
  const sightings = await readPresences(redis, environmentId, playerIds)
  const found = new Map<string, PresenceRecord>()
  for (const [index, id] of playerIds.entries()) {
    const sighting = sightings[index]
    if (sighting !== undefined) found.set(id, sighting.record)
  }
  return found
}
