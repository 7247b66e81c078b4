import { createLog } from '@aethex/shared/log'
import { answerCircleWishes, forgetCircles } from '@aethex/shared/presence'
import type { Stage } from './stage.js'

/** Stands in for the API: knows who are friends and who block each other, and tells the nodes. */
export interface CircleKeeper {
  befriend(environmentId: string, one: string, other: string): Promise<void>
  part(environmentId: string, one: string, other: string): Promise<void>
  block(environmentId: string, one: string, other: string): Promise<void>
  close(): Promise<void>
}

export function keepCircles({ redis }: Stage): CircleKeeper {
  const log = createLog('test', 'silent')
  const friends = new Map<string, Set<string>>()
  const apart = new Map<string, Set<string>>()
  const of = (map: typeof friends, id: string) => {
    const known = map.get(id) ?? new Set<string>()
    map.set(id, known)
    return known
  }
  const tell = (environment_id: string, player_ids: string[], parted: string[]) =>
    forgetCircles(redis, { environment_id, player_ids, parted })
  const both = (map: typeof friends, one: string, other: string, isSo: boolean) => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      if (isSo) of(map, a).add(b)
      else of(map, a).delete(b)
    }
  }

  const answering = answerCircleWishes(redis, log, async (_environmentId, playerId) => ({
    friends: [...of(friends, playerId)],
    apart: [...of(apart, playerId)],
  }))
  return {
    async befriend(environmentId, one, other) {
      both(friends, one, other, true)
      await tell(environmentId, [one, other], [])
    },
    async part(environmentId, one, other) {
      both(friends, one, other, false)
      await tell(environmentId, [one, other], [one, other])
    },
    async block(environmentId, one, other) {
      both(friends, one, other, false)
      both(apart, one, other, true)
      await tell(environmentId, [one, other], [one, other])
    },
    close: () => answering.close(),
  }
}
