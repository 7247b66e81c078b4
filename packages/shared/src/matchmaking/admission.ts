import { Problem } from '../errors/index.js'
import { capacityOf, type QueueRules, type Team } from './queue-rules.js'
import { attributeOf } from './rules.js'
import type { AttributeValue, TicketWish } from './wish.js'

/** Longest party that a queue takes. */
export const mostTogether = (queue: QueueRules): number => {
  const largestTeam = Math.max(...queue.teams.map(({ size }) => size))
  return Math.min(queue.parties?.max_size ?? largestTeam, largestTeam)
}

const kindOf = (value: AttributeValue | undefined) => (Array.isArray(value) ? 'list' : typeof value)

const kindsFor = {
  equal: ['string', 'number', 'boolean'],
  distance: ['number'],
  range: ['number'],
  overlap: ['list'],
}

/** No more players insist on one role than the team has places for it. */
const takesTogether = ({ size, roles }: Team, players: TicketWish['players']) =>
  players.length <= size &&
  (roles.length === 0 ||
    players.every(({ roles: [only, ...others] }) => {
      if (only === undefined || others.length > 0) return true
      const alike = players.filter(one => one.roles.length === 1 && one.roles[0] === only)
      return alike.length <= (roles.find(({ name }) => name === only)?.max ?? 0)
    }))

/** What keeps a wish out of a queue for good: such a ticket would wait for nothing. Undefined when it may wait. */
function faultOf(
  queue: QueueRules,
  wish: TicketWish,
): [pointer: string, reason: string] | undefined {
  const { players, opening } = wish
  if (opening === undefined && players.length > mostTogether(queue)) {
    return ['members', `are more than the ${mostTogether(queue)} that this queue takes together`]
  }
  if (players.length > capacityOf(queue)) return ['members', 'are more than a match holds']
  const wanted = [
    ...(queue.skill === null ? [] : [['distance', queue.skill.attribute] as const]),
    ...queue.rules.map(({ type, attribute }) => [type, attribute] as const),
  ]
  for (const [type, attribute] of wanted) {
    const kinds = players.map(({ attributes }) => kindOf(attributeOf(attributes, attribute)))
    const needed = kindsFor[type]
    if (kinds.some(kind => !needed.includes(kind))) {
      return [`attributes.${attribute}`, `is needed by this queue, as ${needed.join(' or ')}`]
    }
    const values = players.map(({ attributes }) => String(attributeOf(attributes, attribute)))
    if (type === 'equal' && new Set(values).size > 1) {
      return [`attributes.${attribute}`, 'differs within the party']
    }
  }
  const roles = new Set(queue.teams.flatMap(team => team.roles.map(({ name }) => name)))
  const strange = players.flatMap(player => player.roles).find(role => !roles.has(role))
  if (strange !== undefined) return ['roles', `has no role ${strange} in this queue`]
  if (opening === undefined && queue.teams.every(team => !takesTogether(team, players))) {
    return ['roles', 'are more of one kind than a team takes']
  }
  const { regions } = queue
  if (regions === null || opening?.region !== undefined) return undefined
  const names = regions.list.map(({ name }) => name)
  const knowsWay = players.every(({ latencies_ms }) =>
    Object.keys(latencies_ms).length === 0
      ? wish.region !== undefined && names.includes(wish.region)
      : names.some(name => Object.hasOwn(latencies_ms, name)),
  )
  return knowsWay ? undefined : ['latencies_ms', `name none of the regions ${names.join(', ')}`]
}

/** Throws `invalid_request` for a wish that this queue could never fulfil. */
export function assertAdmissible(queue: QueueRules, wish: TicketWish): void {
  const fault = faultOf(queue, wish)
  if (fault === undefined) return
  const [pointer, reason] = fault
  throw new Problem('invalid_request', {
    detail: `${pointer} ${reason}.`,
    errors: [{ pointer, reason }],
  })
}
