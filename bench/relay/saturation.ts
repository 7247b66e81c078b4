import { quantile } from '../measure.js'
import type { Progress } from '../progress.js'
import { Crowd, type CrowdSample } from './crowd.js'
import type { Ground } from './ground.js'

export interface Saturation {
  players: number
  deliveredPerSecond: number
  /** What a core that did nothing else would deliver, from the CPU that the server took. */
  deliveredPerCpuSecond: number
  p50Ms: number
  p99Ms: number
  covered: number
  bytesPerUpdate: number
}

const probeSeconds = 1
const sampleSeconds = 2.5
const mostPlayers = 3_000
const coveredShare = 0.99
const patienceMs = 50

const isKeptUp = ({ tickMs }: Ground, sample: CrowdSample) =>
  sample.covered >= coveredShare && quantile(sample.latenciesMs, 0.99) <= patienceMs + tickMs

const measured = (players: number, sample: CrowdSample): Saturation => ({
  players,
  deliveredPerSecond: sample.operations / sample.seconds,
  deliveredPerCpuSecond: sample.operations / (sample.cpuSeconds || Number.NaN),
  p50Ms: quantile(sample.latenciesMs, 0.5),
  p99Ms: quantile(sample.latenciesMs, 0.99),
  covered: sample.covered,
  bytesPerUpdate: sample.bytes / Math.max(1, sample.operations),
})

/** Finds how many rooms of a size a server keeps up with, and what it delivers then. */
export async function saturate(
  ground: Ground,
  size: number,
  progress: Progress,
): Promise<Saturation> {
  const crowd = new Crowd(ground, size)
  const most = Math.floor(mostPlayers / size)
  const keepsUp = async (rooms: number) => {
    progress.turn(`${ground.name}, ${rooms} rooms of ${size}`)
    await crowd.growTo(rooms)
    return isKeptUp(ground, await crowd.play(rooms, probeSeconds))
  }
  try {
    let good = Math.max(1, Math.round(160 / size))
    await crowd.growTo(good)
    await crowd.play(good, probeSeconds)
    let bad = good
    while (bad < most && (await keepsUp(bad))) {
      good = bad
      bad = Math.min(most, Math.ceil(bad * 1.6))
    }
    for (let step = 0; step < 3 && bad - good > 1; step++) {
      const middle = Math.round((good + bad) / 2)
      if (await keepsUp(middle)) good = middle
      else bad = middle
    }
    return measured(good * size, await crowd.play(good, sampleSeconds))
  } finally {
    crowd.close()
  }
}
