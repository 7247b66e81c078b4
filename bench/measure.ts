import type { Sample } from './load.js'

/** Something that can be put under load. The first of a race is ours, the others are what it is held against. */
export interface Contestant {
  name: string
  run(seconds: number): Promise<Sample>
}

export interface Spread {
  median: number
  low: number
  high: number
}

export interface Standing {
  name: string
  perSecond: Spread
  p50Ms: number
  p99Ms: number
  /** CPU of the serving process per operation. */
  cpuMicros: number | undefined
  /** Ours divided by this one's, taken within each round. Undefined for ours. */
  against: { speed: Spread; cpu: Spread | undefined } | undefined
}

export interface RaceOptions {
  rounds: number
  seconds: number
  warmUpSeconds: number
  onTurn?: (turn: string) => void
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)

/** The value that a share of the values does not exceed; 0 without values. */
export function quantile(values: readonly number[], share: number): number {
  const ordered = sorted(values)
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0
}

const spreadOf = (values: readonly number[]): Spread => ({
  median: quantile(values, 0.5),
  low: quantile(values, 0),
  high: quantile(values, 1),
})

const speedOf = (sample: Sample) => sample.operations / sample.seconds

const cpuMicrosOf = ({ cpuSeconds, operations }: Sample) =>
  cpuSeconds === undefined ? undefined : (cpuSeconds * 1e6) / Math.max(1, operations)

/** Every value, or undefined when one is missing. */
function allOf(values: readonly (number | undefined)[]): number[] | undefined {
  const known = values.filter(value => value !== undefined)
  return known.length === values.length ? known : undefined
}

function ratios(
  ours: readonly Sample[],
  theirs: readonly Sample[],
  of: (sample: Sample) => number | undefined,
): Spread | undefined {
  const values = allOf(
    ours.map((sample, round) => {
      const other = theirs[round]
      const [mine, its] = [of(sample), other && of(other)]
      return mine === undefined || !its ? undefined : mine / its
    }),
  )
  return values && spreadOf(values)
}

function standingOf(name: string, samples: readonly Sample[], ours: readonly Sample[]): Standing {
  const cpu = allOf(samples.map(cpuMicrosOf))
  const speed = samples === ours ? undefined : ratios(ours, samples, speedOf)
  return {
    name,
    perSecond: spreadOf(samples.map(speedOf)),
    p50Ms: spreadOf(samples.map(({ latenciesMs }) => quantile(latenciesMs, 0.5))).median,
    p99Ms: spreadOf(samples.map(({ latenciesMs }) => quantile(latenciesMs, 0.99))).median,
    cpuMicros: cpu && spreadOf(cpu).median,
    against: speed && { speed, cpu: ratios(ours, samples, cpuMicrosOf) },
  }
}

/**
 * Lets the contestants run in turn, A B C A B C …, after a warm-up of each that does not count.
 * Ratios are taken round by round, so that a machine that is busy for a while slows both sides of them.
 */
export async function race(
  contestants: readonly Contestant[],
  { rounds, seconds, warmUpSeconds, onTurn = () => {} }: RaceOptions,
): Promise<Standing[]> {
  const samples = contestants.map((): Sample[] => [])
  for (const contestant of contestants) {
    onTurn(`warming up ${contestant.name}`)
    await contestant.run(warmUpSeconds)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      onTurn(`round ${round} of ${rounds}, ${contestant.name}`)
      samples[index]?.push(await contestant.run(seconds))
    }
  }
  const [ours = []] = samples
  return contestants.map(({ name }, index) => standingOf(name, samples[index] ?? [], ours))
}
