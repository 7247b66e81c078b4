import {
  type Candidate,
  fewestOf,
  type QueueRules,
  type Seat,
  type Team,
} from '@aethex/shared/matchmaking'

/** Who of a ticket plays where. */
export type Seating = Map<Candidate, Map<string, Seat>>

interface Sitter {
  playerId: string
  /** Empty: any. */
  roles: readonly string[]
}

/** A team while it is being filled. */
export interface Bench {
  team: Team
  candidates: Candidate[]
  sitters: Sitter[]
  skill: number
}

const sittersOf = ({ ticket }: Candidate): Sitter[] =>
  ticket.wish.players.map(({ player_id, roles }) => ({ playerId: player_id, roles }))

const slotsOfTeams = new WeakMap<Team, { needed: number; slots: readonly string[] }>()

/** A place for each player that a role takes; those come first without which the team cannot play. */
function slotsOf(team: Team) {
  const known = slotsOfTeams.get(team)
  if (known !== undefined) return known
  const places = (count: (role: Team['roles'][number]) => number) =>
    team.roles.flatMap(role => Array.from({ length: count(role) }, () => role.name))
  const needed = places(({ min }) => min)
  const made = { needed: needed.length, slots: [...needed, ...places(({ min, max }) => max - min)] }
  slotsOfTeams.set(team, made)
  return made
}

/** Who gets which place of a team: a matching in a bipartite graph, by augmenting paths. */
class RoleMatching {
  readonly slotOf: number[]
  private readonly sitterAt: number[]

  constructor(
    private readonly sitters: readonly Sitter[],
    private readonly slots: readonly string[],
  ) {
    this.slotOf = sitters.map(() => -1)
    this.sitterAt = slots.map(() => -1)
  }

  /** Finds somebody for a place; who has one already keeps one. */
  fillSlot(slot: number, tried: boolean[]): boolean {
    for (let sitter = 0; sitter < this.sitters.length; sitter++) {
      if (tried[sitter] || !this.takes(sitter, slot)) continue
      tried[sitter] = true
      const before = this.slotOf[sitter] ?? -1
      if (before >= 0 && !this.fillSlot(before, tried)) continue
      this.seat(sitter, slot)
      return true
    }
    return false
  }

  /** Finds a place for somebody; what is filled stays filled. */
  placeSitter(sitter: number, tried: boolean[]): boolean {
    for (let slot = 0; slot < this.slots.length; slot++) {
      if (tried[slot] || !this.takes(sitter, slot)) continue
      tried[slot] = true
      const before = this.sitterAt[slot] ?? -1
      if (before >= 0 && !this.placeSitter(before, tried)) continue
      this.seat(sitter, slot)
      return true
    }
    return false
  }

  private takes(sitter: number, slot: number): boolean {
    const roles = this.sitters[sitter]?.roles ?? []
    return roles.length === 0 || roles.includes(this.slots[slot] ?? '')
  }

  private seat(sitter: number, slot: number): void {
    this.slotOf[sitter] = slot
    this.sitterAt[slot] = sitter
  }
}

/**
 * Gives every sitter a role that it takes, those first that the team needs. Undefined when that cannot be, or when so
 * few places are left that a role of the team could not be filled any more.
 */
export function assignRoles(
  team: Team,
  sitters: readonly Sitter[],
): (string | undefined)[] | undefined {
  if (team.roles.length === 0) return sitters.map(() => undefined)
  const { needed, slots } = slotsOf(team)
  const matching = new RoleMatching(sitters, slots)
  let unfilled = 0
  for (let slot = 0; slot < needed; slot++) if (!matching.fillSlot(slot, [])) unfilled++
  if (unfilled > team.size - sitters.length) return undefined
  for (let sitter = 0; sitter < sitters.length; sitter++) {
    if ((matching.slotOf[sitter] ?? -1) < 0 && !matching.placeSitter(sitter, [])) return undefined
  }
  return matching.slotOf.map(slot => slots[slot])
}

/** All roles that the team needs are taken. */
function hasItsRoles(team: Team, roles: readonly (string | undefined)[]): boolean {
  return team.roles.every(({ name, min }) => roles.filter(role => role === name).length >= min)
}

const mean = ({ skill, sitters }: Bench) => (sitters.length === 0 ? 0 : skill / sitters.length)

function takes(bench: Bench, candidate: Candidate): boolean {
  if (bench.sitters.length + candidate.size > bench.team.size) return false
  if (bench.team.roles.length === 0) return true
  return assignRoles(bench.team, [...bench.sitters, ...sittersOf(candidate)]) !== undefined
}

function put(bench: Bench, candidate: Candidate): void {
  bench.candidates.push(candidate)
  bench.sitters.push(...sittersOf(candidate))
  bench.skill += candidate.skill * candidate.size
}

function remove(bench: Bench, candidate: Candidate): void {
  bench.candidates.splice(bench.candidates.indexOf(candidate), 1)
  const gone = new Set(candidate.ticket.wish.players.map(({ player_id }) => player_id))
  bench.sitters = bench.sitters.filter(({ playerId }) => !gone.has(playerId))
  bench.skill -= candidate.skill * candidate.size
}

/** The teams before anybody is placed; of a running match with those who play already. */
export function openBenches(queue: QueueRules, opening: Candidate | undefined): Bench[] {
  const { players = [], opening: running } = opening?.ticket.wish ?? {}
  return queue.teams.map(team => ({
    team,
    candidates: [],
    sitters: players.flatMap(({ player_id }): Sitter[] => {
      const seat = running?.seats[player_id]
      if (seat?.team !== team.name) return []
      return [{ playerId: player_id, roles: seat.role === undefined ? [] : [seat.role] }]
    }),
    skill:
      (opening?.skill ?? 0) *
      players.filter(({ player_id }) => running?.seats[player_id]?.team === team.name).length,
  }))
}

function isComplete(queue: QueueRules, benches: readonly Bench[], seconds: number): boolean {
  const sizes = new Map<number, number>()
  return benches.every(({ team, sitters }) => {
    if (sitters.length < fewestOf(team, seconds)) return false
    const even = sizes.get(team.size) ?? sitters.length
    sizes.set(team.size, even)
    if (queue.even_teams && even !== sitters.length) return false
    const roles = assignRoles(team, sitters)
    return roles !== undefined && hasItsRoles(team, roles)
  })
}

/** Tries no more than this many places: what is that hard waits for other company. */
const mostTries = 200

/** All teams as one: who does not fit there fits nowhere. Says no at a small price. */
function couldComplete(
  queue: QueueRules,
  benches: readonly Bench[],
  group: readonly Candidate[],
  seconds: number,
): boolean {
  const sitters = [...benches.flatMap(bench => bench.sitters), ...group.flatMap(sittersOf)]
  const { teams } = queue
  if (sitters.length < teams.reduce((sum, team) => sum + fewestOf(team, seconds), 0)) return false
  const needed = teams.flatMap(({ roles }) => roles.filter(({ min }) => min > 0))
  if (needed.length === 0) return true
  const names = [...new Set(needed.map(({ name }) => name))]
  return names.every(name => {
    const least = needed.reduce((sum, role) => sum + (role.name === name ? role.min : 0), 0)
    const able = sitters.filter(({ roles }) => roles.length === 0 || roles.includes(name))
    return able.length >= least
  })
}

const emptiestFirst = (a: Bench, b: Bench) =>
  b.team.size - b.sitters.length - (a.team.size - a.sitters.length) || mean(a) - mean(b)

/**
 * Places whole tickets into teams, the largest first, the emptiest and weakest team first. With `isGood` only such
 * placements count.
 */
function placeAll(
  benches: readonly Bench[],
  group: readonly Candidate[],
  isGood: () => boolean,
): boolean {
  const sorted = [...group].sort((a, b) => b.size - a.size || b.skill - a.skill)
  let tries = 0
  const place = (index: number): boolean => {
    const candidate = sorted[index]
    if (candidate === undefined) return isGood()
    for (const bench of [...benches].sort(emptiestFirst)) {
      if (++tries > mostTries) return false
      if (!takes(bench, candidate)) continue
      put(bench, candidate)
      if (place(index + 1)) return true
      remove(bench, candidate)
    }
    return false
  }
  return place(0)
}

/** No more players of one role only than all teams take of it. Says no at a small price. */
function couldTake(queue: QueueRules, group: readonly Candidate[]): boolean {
  const only = new Map<string, number>()
  for (const { ticket } of group) {
    for (const { roles } of ticket.wish.players) {
      const [role] = roles
      if (role !== undefined && roles.length === 1) only.set(role, (only.get(role) ?? 0) + 1)
    }
  }
  for (const [role, count] of only) {
    let most = 0
    for (const { size, roles } of queue.teams) {
      most += roles.length === 0 ? size : (roles.find(({ name }) => name === role)?.max ?? 0)
    }
    if (count > most) return false
  }
  return true
}

/** Could these be in one match, if others come? */
export function fitTogether(
  queue: QueueRules,
  group: readonly Candidate[],
  opening?: Candidate,
): boolean {
  const hasRoles = queue.teams.some(({ roles }) => roles.length > 0)
  if (!hasRoles && opening === undefined && group.every(({ size }) => size === 1)) {
    return group.length <= queue.teams.reduce((sum, { size }) => sum + size, 0)
  }
  if (hasRoles && !couldTake(queue, group)) return false
  return placeAll(openBenches(queue, opening), group, () => true)
}

const difference = (benches: readonly Bench[]) => {
  const means = benches.map(mean)
  return Math.max(...means) - Math.min(...means)
}

/** Swaps tickets of the same size between teams while that brings the teams' means nearer to each other. */
function balance(queue: QueueRules, benches: readonly Bench[], seconds: number): void {
  const trySwap = (a: Bench, b: Bench, one: Candidate, other: Candidate, best: number): boolean => {
    const swap = (from: Bench, to: Bench, left: Candidate, right: Candidate) => {
      remove(from, left)
      remove(to, right)
      put(from, right)
      put(to, left)
    }
    swap(a, b, one, other)
    if (difference(benches) < best - 1e-9 && isComplete(queue, benches, seconds)) return true
    swap(a, b, other, one)
    return false
  }
  const improve = (): boolean => {
    const best = difference(benches)
    for (const [index, a] of benches.entries()) {
      for (const b of benches.slice(index + 1)) {
        for (const one of [...a.candidates]) {
          for (const other of [...b.candidates]) {
            if (one.size === other.size && trySwap(a, b, one, other, best)) return true
          }
        }
      }
    }
    return false
  }
  for (let round = 0; round < 20 && improve(); round++);
}

/** The teams of a match of exactly these; undefined when they make none yet. */
export function seatTeams(
  queue: QueueRules,
  group: readonly Candidate[],
  seconds: number,
  opening?: Candidate,
): Seating | undefined {
  const benches = openBenches(queue, opening)
  if (opening === undefined && !couldComplete(queue, benches, group, seconds)) return undefined
  const isGood = () => opening !== undefined || isComplete(queue, benches, seconds)
  if (!placeAll(benches, group, isGood)) return undefined
  if (queue.skill !== null && opening === undefined && benches.length > 1) {
    balance(queue, benches, seconds)
  }
  const seating: Seating = new Map(group.map(candidate => [candidate, new Map()]))
  for (const { team, sitters, candidates } of benches) {
    const roles = assignRoles(team, sitters) ?? []
    const roleOf = new Map(sitters.map(({ playerId }, index) => [playerId, roles[index]]))
    for (const candidate of candidates) {
      for (const { player_id } of candidate.ticket.wish.players) {
        const role = roleOf.get(player_id)
        const seat = role === undefined ? { team: team.name } : { team: team.name, role }
        seating.get(candidate)?.set(player_id, seat)
      }
    }
  }
  return seating
}
