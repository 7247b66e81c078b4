import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from '../measure.js'
import type { PlayerSocket } from './player-socket.js'

const sockets = 50
const seconds = 3

/** How somebody is asked over a socket, and which call an answer belongs to. */
export interface Callable {
  name: string
  dial(): Promise<PlayerSocket>
  question(id: number): Buffer
  answered(payload: Buffer): number | undefined
}

export interface CallTimes {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** Asks `perSecond` questions, evenly spread over fifty sockets; without a figure each asks again when it is answered. */
async function ask(callable: Callable, perSecond: number | undefined): Promise<CallTimes> {
  const players = await Promise.all(Array.from({ length: sockets }, callable.dial))
  const askedAt = new Map<number, number>()
  const latenciesMs: number[] = []
  let lastId = 0
  let isOver = false
  const askOnce = (player: PlayerSocket) => {
    lastId += 1
    askedAt.set(lastId, performance.now())
    player.say(callable.question(lastId))
  }
  for (const player of players) {
    player.onFrame = (bytes, from, to) => {
      const id = callable.answered(bytes.subarray(from, to)) ?? 0
      const at = askedAt.get(id)
      if (at === undefined) return
      askedAt.delete(id)
      latenciesMs.push(performance.now() - at)
      if (perSecond === undefined && !isOver) askOnce(player)
    }
  }
  const startedAt = performance.now()
  if (perSecond === undefined) {
    players.forEach(askOnce)
    await wait(seconds * 1_000)
  } else {
    for (let asked = 0; performance.now() - startedAt < seconds * 1_000; ) {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond
      for (; asked < due; asked++) {
        const player = players[asked % sockets]
        if (player !== undefined) askOnce(player)
      }
      await wait(1)
    }
  }
  isOver = true
  const perSecondDone = latenciesMs.length / ((performance.now() - startedAt) / 1_000)
  await wait(200)
  for (const player of players) player.close()
  return {
    perSecond: perSecondDone,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  }
}

/** As many calls as can be answered, and then half of them. */
export async function timeCalls(callable: Callable): Promise<{ full: CallTimes; half: CallTimes }> {
  await ask(callable, 500)
  const full = await ask(callable, undefined)
  return { full, half: await ask(callable, full.perSecond / 2) }
}
