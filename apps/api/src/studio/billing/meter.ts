import type { Db } from '@aethex/shared/db'
import type { Logger } from '@aethex/shared/log'
import { v7 as uuidv7 } from 'uuid'
import type { Meter } from '../../gateway/usage.js'
import { type Count, writeCounts } from './usage-store.js'

const everyMs = 1_000
const hourMs = 3_600_000

/** Starts counting. A batch whose answer was lost is sent again as it was, and counts once. */
export function startMeter(db: Db, now: () => Date, log: Logger): Meter {
  const writer = uuidv7()
  let counts = new Map<string, Count>()
  let batch: { seq: number; counts: Count[] } | undefined
  let seq = 0
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let turn = Promise.resolve()

  const freeze = () => {
    const frozen = { seq: ++seq, counts: [...counts.values()] }
    counts = new Map()
    return frozen
  }

  async function writeAll(): Promise<void> {
    while (batch !== undefined || counts.size > 0) {
      batch ??= freeze()
      await writeCounts({ id: writer, seq: batch.seq }, db, batch.counts, now())
      batch = undefined
    }
  }

  /** One after the other: batches of one writer must arrive in their order. */
  const flush = () => {
    const next = turn.then(writeAll)
    turn = next.catch(() => undefined)
    return next
  }

  const again = () => {
    timer = setTimeout(() => {
      flush()
        .catch(error => log.warn({ err: error }, 'usage waits to be written down'))
        .finally(() => {
          if (!isClosed) again()
        })
    }, everyMs)
  }
  again()

  return {
    count: (environmentId, kind, amount) => {
      if (amount === 0) return
      const hour = new Date(Math.floor(now().getTime() / hourMs) * hourMs)
      const key = `${environmentId} ${kind} ${hour.getTime()}`
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { environmentId, kind, hour, amount })
      else known.amount += amount
    },
    flush,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await flush().catch(error => log.error({ err: error }, 'usage was not written down'))
    },
  }
}
