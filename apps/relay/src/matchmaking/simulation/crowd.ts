import type { QueueEvent, QueueRules } from '@aethex/shared/matchmaking'
import { normal, randomFrom } from './random.js'

export interface Crowd {
  seed: number
  tickets: number
  /** All come within this time. */
  overSeconds: number
  /** The share of players who give up, after `patienceSeconds` at most. */
  impatient?: number
  patienceSeconds?: number
}

const kinds = ['a', 'b', 'c']

/**
 * Makes up the events of a queue: players of normally spread skill, near one of its regions, some of them in parties,
 * some with one role only. The same seed makes the same crowd.
 */
export function makeCrowd(queue: QueueRules, crowd: Crowd): QueueEvent[] {
  const { seed, tickets, overSeconds, impatient = 0, patienceSeconds = 60 } = crowd
  const random = randomFrom(seed)
  const roles = [...new Set(queue.teams.flatMap(team => team.roles.map(({ name }) => name)))]
  const regions = queue.regions?.list.map(({ name }) => name) ?? []
  const mostTogether = Math.min(
    queue.parties?.max_size ?? 1,
    ...queue.teams.map(({ size }) => size),
  )
  const one = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const attributes = (skill: number, kind: string) =>
    Object.fromEntries([
      ...(queue.skill === null ? [] : [[queue.skill.attribute, Math.round(skill)] as const]),
      ...queue.rules.map(({ type, attribute }) => {
        if (type === 'equal') return [attribute, kind] as const
        if (type === 'overlap')
          return [attribute, kinds.filter(() => random() < 0.7).concat(kind)] as const
        return [attribute, Math.round(skill)] as const
      }),
    ])
  const events: QueueEvent[] = []
  for (let index = 0; index < tickets; index++) {
    const at = Math.round(random() * overSeconds * 1_000)
    const together = random() < 0.3 ? 1 + Math.floor(random() * mostTogether) : 1
    const skill = normal(random, 1_500, 300)
    const kind = one(kinds) ?? 'a'
    const home = one(regions)
    const players = Array.from({ length: together }, (_, place) => ({
      player_id: `${index}.${place}`,
      username: '',
      attributes: attributes(normal(random, skill, 50), kind),
      ranges: {},
      latencies_ms: Object.fromEntries(
        regions.map(name => [name, Math.round((name === home ? 20 : 90) + random() * 60)]),
      ),
      // Two of a party may not insist on a role that a team has once.
      roles: roles.length > 0 && together === 1 && random() < 0.5 ? [one(roles) ?? ''] : [],
    }))
    const ticket = `t${index}`
    events.push({ kind: 'came', ticket, at, wish: { players } })
    if (random() < impatient) {
      events.push({ kind: 'left', ticket, at: at + Math.round(random() * patienceSeconds * 1_000) })
    }
  }
  return events.sort((a, b) => a.at - b.at)
}
