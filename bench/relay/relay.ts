import { randomUUID } from 'node:crypto'
import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { issueTicket } from '@aethex/shared/tickets'
import { startBaseline } from '../baseline.js'
import type { Bench } from '../bench.js'
import { Crowd, playersPerRoom, type RelaySample } from './crowd.js'

const calmRooms = 10
const roomStep = 10
// A relay lets in a thousand sockets of one address in ten seconds.
const mostRooms = 120
const timing = { rounds: 4, seconds: 1.2, warmUpSeconds: 0.5 }
const probeSeconds = 0.7
/** A server is full when it uses this share of a core, or when less than that share of the updates arrives. */
const fullCore = 0.9
const deliveredShare = 0.97

/** Holds the fan-out of states in rooms of eight against the shortest relay one can write with ws. */
export async function benchRelay(bench: Bench): Promise<void> {
  const { site, progress } = bench
  progress.begin('Rooms of eight')
  const redis = openRedis(site.stack.urls.redis, createLog('bench', 'silent'))
  const [relayUrl = ''] = site.stack.urls.relays
  const bare = await startBaseline(new URL('bare-ws.ts', import.meta.url))
  const invite = async () => {
    const ticket = await issueTicket(redis, {
      environment_id: site.demo.environment_id,
      player_id: randomUUID(),
      username: 'bench',
      session_id: randomUUID(),
    })
    return `${relayUrl}?ticket=${ticket}`
  }
  const ours = new Crowd({ name: 'AeThex relay', pid: site.stack.pids['relay-1'], invite })
  const theirs = new Crowd({
    name: 'bare ws broadcaster',
    pid: bare.pid,
    invite: async () => bare.origin.replace('http', 'ws'),
  })
  try {
    await compare(bench, 'at ease', [ours, theirs], calmRooms)
    const rooms = await fill([ours, theirs], rooms => progress.turn(`${rooms} rooms`))
    await compare(bench, 'until one of the two is full', [ours, theirs], rooms)
  } finally {
    ours.close()
    theirs.close()
    redis.disconnect()
    await bare.stop()
  }
}

const isFull = ({ operations, sent, cpuSeconds = 0, seconds }: RelaySample) =>
  cpuSeconds / seconds > fullCore || operations < sent * (playersPerRoom - 1) * deliveredShare

/** Opens rooms on both until one of them is full; answers how many. */
async function fill(crowds: readonly Crowd[], onRooms: (rooms: number) => void): Promise<number> {
  for (let rooms = calmRooms + roomStep; rooms <= mostRooms; rooms += roomStep) {
    onRooms(rooms)
    for (const crowd of crowds) {
      await crowd.growTo(rooms)
      if (isFull(await crowd.play(probeSeconds))) return rooms
    }
  }
  return mostRooms
}

async function compare(
  { race, progress }: Bench,
  title: string,
  crowds: readonly Crowd[],
  rooms: number,
): Promise<void> {
  const bytesPerUpdate = new Map<string, number>()
  for (const crowd of crowds) await crowd.growTo(rooms)
  const standings = await race(
    `${rooms} rooms of ${playersPerRoom}, 20 states a second each, ${title}: updates delivered`,
    crowds.map(crowd => ({
      name: crowd.name,
      async run(seconds: number) {
        const sample = await crowd.play(seconds)
        bytesPerUpdate.set(crowd.name, sample.bytes / Math.max(1, sample.operations))
        return sample
      },
    })),
    timing,
  )
  for (const { name, cpuMicros } of standings) {
    const bytes = bytesPerUpdate.get(name)?.toFixed(0)
    const perCore = cpuMicros ? Math.round(1e6 / cpuMicros).toLocaleString('en-US') : 'unknown'
    progress.print(`    ${name}: ${bytes} bytes an update, updates per second of CPU: ${perCore}`)
  }
}
