import { countingCpu } from '../cpu.js'
import { Exchange } from '../exchange.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'

/** A server under load, and the end of its connections. */
export interface Asking extends Contestant {
  close(): void
}

interface Asked {
  name: string
  origin: string
  pid: number | undefined
}

/** Loads a server over as many connections as there are sources; each connection asks what its source says next. */
export async function openAsking(
  { name, origin, pid }: Asked,
  sources: readonly (() => Buffer)[],
): Promise<Asking> {
  const exchanges = await Promise.all(sources.map(() => Exchange.open(origin)))
  const workers = exchanges.map((exchange, at) => {
    const next = sources[at] ?? (() => Buffer.alloc(0))
    return () => exchange.ask(next())
  })
  return {
    name,
    run: seconds => countingCpu(pid, () => drive(workers, seconds)),
    close: () => {
      for (const exchange of exchanges) exchange.close()
    },
  }
}
