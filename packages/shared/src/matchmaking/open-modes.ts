import { QueueRules } from './queue-rules.js'
import { type Candidate, type CompiledQueue, compileQueue, type Rule } from './rules.js'

/** In a mode that no queue declares, both ends of a wish give way by this much for every second of waiting. */
export const pointsPerSecond = 25

/** The skills that a wish accepts after so many seconds. */
export function widened(
  [low, high]: readonly [number, number],
  seconds: number,
): [low: number, high: number] {
  const give = Math.max(0, seconds) * pointsPerSecond
  return [low - give, high + give]
}

const meet = (members: readonly Candidate[]) =>
  members.every(({ wants: [one = [0, 0]] }) =>
    members.every(({ wants: [other = [0, 0]] }) => one[0] <= other[1] && other[0] <= one[1]),
  )

const skillRange: Rule = {
  name: 'skill_range',
  allows: meet,
  limitAt: () => null,
  widensIn: () => 1,
}

/** The queue of a mode that nobody has declared, for so many players; what it says can be explained like any other. */
export function openMode(mode: string, players: number): CompiledQueue {
  const queue = QueueRules.parse({ name: mode, teams: [{ name: 'all', size: players }] })
  const compiled = compileQueue(queue)
  return {
    ...compiled,
    rules: [skillRange],
    prepare(ticket, now) {
      const candidate = compiled.prepare(ticket, now)
      const { skill_range: range = [0, 0] } = ticket.wish
      return { ...candidate, wants: [widened(range, candidate.waitedSeconds)] }
    },
  }
}

export const openQueueName = (mode: string, region: string, players: number) =>
  `${mode}:${region}:${players}`

/** The mode and the number of players of such a queue; undefined for the name of a declared one. */
export function readOpenName(name: string): { mode: string; players: number } | undefined {
  const [mode, , players] = name.split(':')
  return mode === undefined || players === undefined
    ? undefined
    : { mode, players: Number(players) }
}
