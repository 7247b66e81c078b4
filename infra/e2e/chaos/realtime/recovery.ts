import { setTimeout as sleep } from 'node:timers/promises'
import { checkRoom } from './check-room.js'
import type { Player } from './player.js'
import type { RoomHistory, Sent, Violation } from './room-history.js'

const patienceMs = 45_000
const pollMs = 20

/** Resolves when all of them are in their rooms. */
export async function untilTogether(players: readonly Player[]): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!players.every(player => player.isInRoom())) {
    if (performance.now() > deadline) {
      const lost = players.filter(player => !player.isInRoom())
      throw new Error(`${lost.length} players did not come back: ${lost.map(({ room }) => room)}`)
    }
    await sleep(pollMs)
  }
}

function historiesOf(players: readonly Player[], last?: string): RoomHistory[] {
  const rooms = new Map<string, Player[]>()
  for (const player of players) {
    rooms.set(player.room, [...(rooms.get(player.room) ?? []), player])
  }
  return [...rooms].map(([room, members]) => ({
    room,
    sent: members.flatMap(({ sent }) => sent),
    listeners: members.map(player => ({
      ...player.listener(),
      finals: last === undefined ? new Map<string, string>() : player.seen(),
    })),
    shown: new Map(last === undefined ? [] : members.map(({ id }) => [id, last])),
  }))
}

export interface RoomViolation extends Violation {
  room: string
}

/**
 * Judges all that has happened until now. While they play on, what was taken just now is on its way: it counts as
 * something of which nobody knows.
 */
export function judge(
  players: readonly Player[],
  latencyMs: number,
  last?: string,
): RoomViolation[] {
  const late = last === undefined ? performance.now() - latencyMs : Number.POSITIVE_INFINITY
  const blur = (sent: Sent): Sent => (sent.ret > late ? { ...sent, outcome: 'unknown' } : sent)
  return historiesOf(players, last).flatMap(history =>
    checkRoom({ ...history, sent: history.sent.map(blur) }, { latencyMs }).map(each => ({
      room: history.room,
      ...each,
    })),
  )
}

const agreeWithinMs = 5_000

const mostTold = 12

/** The first of them, one a line, with when the game was told of gaps. */
export function explain(violations: readonly RoomViolation[]): string {
  const lines = violations.map(({ room, rule, said }) => `${room} ${rule}: ${said}`)
  return [`${lines.length} violations`, ...lines.slice(0, mostTold)].join('\n')
}

/** Everybody stops, shows one last state, and is given time to see that of the others. Then all is judged. */
export async function judgeAtRest(
  players: readonly Player[],
  latencyMs: number,
): Promise<RoomViolation[]> {
  await untilTogether(players)
  await Promise.all(players.map(player => player.rest()))
  const last = `end-${Math.round(performance.now())}`
  for (const player of players) player.showLast(last)
  const deadline = performance.now() + agreeWithinMs
  const isAgreed = () =>
    players.every(player => [...player.seen().values()].every(state => state === last))
  while (!isAgreed() && performance.now() < deadline) await sleep(pollMs)
  return judge(players, latencyMs, last)
}
