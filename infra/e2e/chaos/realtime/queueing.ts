import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from '../../../faults/dice.js'
import type { MatchHistory } from './check-matches.js'
import type { Player } from './player.js'

/** Players who wait for a match, and what became of it. */
export interface Queueing {
  history: MatchHistory
  /** Resolves when everybody has been told a match or has left. */
  settled(withinMs: number): Promise<void>
  /** How long each waited, in milliseconds. */
  waits(): number[]
}

const pollMs = 20
const spreadMs = 2_500
const leaversPerHundred = 10
const tryAgainMs = 200

/** All of them ask for a duel within a few seconds; some think better of it. */
export function queueUp(players: readonly Player[], mode: string, dice: Dice): Queueing {
  const told = new Map<string, { match_id: string; players: string[] }[]>()
  const cancelled = new Set<string>()
  const waited = new Map<string, number>()

  async function queue({ id, cloud }: Player): Promise<void> {
    const { matchmaking } = cloud.multiplayer
    const heard: { match_id: string; players: string[] }[] = []
    told.set(id, heard)
    let since = 0
    matchmaking.on('match_found', ({ match_id, players: those }) => {
      heard.push({ match_id, players: those.map(({ player_id }) => player_id) })
      if (!waited.has(id)) waited.set(id, performance.now() - since)
    })
    const isLeaver = dice.chance(leaversPerHundred / 100)
    await sleep(dice.below(spreadMs))
    since = performance.now()
    // A node that dies meanwhile may cost an answer; a match that is told is an answer too.
    while (heard.length === 0) {
      const joined = await matchmaking.joinQueue({ mode, region: 'eu', skill_range: [0, 100] })
      if (joined.success || joined.error.code === 'already_queued') break
      await sleep(tryAgainMs)
    }
    if (!isLeaver || heard.length > 0) return
    const left = await matchmaking.leaveQueue()
    if (left.success && heard.length === 0) cancelled.add(id)
  }

  for (const player of players) told.set(player.id, [])
  const asked = Promise.all(players.map(queue))
  return {
    history: { told, cancelled },
    waits: () => [...waited.values()].sort((a, b) => a - b),
    async settled(withinMs) {
      await asked
      const deadline = performance.now() + withinMs
      // Of an odd number one is left over.
      const open = () =>
        [...told].filter(([id, heard]) => heard.length === 0 && !cancelled.has(id)).length
      while (open() > 1 && performance.now() < deadline) await sleep(pollMs)
      if (open() > 1) throw new Error(`${open()} players were told nothing`)
      // Whatever is told twice, or too much, is told now.
      await sleep(1_000)
    },
  }
}
