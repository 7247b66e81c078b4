/** What one stretch of load did. */
export interface Sample {
  operations: number
  seconds: number
  /** One per operation, or of a regular choice of them. */
  latenciesMs: number[]
  /** Of the process that served; undefined where the system does not tell. */
  cpuSeconds?: number | undefined
}

/** Repeats each worker's operation until the time is over; a worker asks again when it was answered. */
export async function drive(
  workers: readonly (() => Promise<unknown>)[],
  seconds: number,
): Promise<Sample> {
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1_000
  const repeat = async (operate: () => Promise<unknown>) => {
    for (let askedAt = performance.now(); askedAt < endsAt; ) {
      await operate()
      const answeredAt = performance.now()
      latenciesMs.push(answeredAt - askedAt)
      askedAt = answeredAt
    }
  }
  await Promise.all(workers.map(repeat))
  return {
    operations: latenciesMs.length,
    seconds: (performance.now() - startedAt) / 1_000,
    latenciesMs,
  }
}
