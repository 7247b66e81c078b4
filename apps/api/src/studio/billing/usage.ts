import type { Db } from '@aethex/shared/db'
import type { Logger } from '@aethex/shared/log'
import { LRUCache } from 'lru-cache'
import type { Parts } from '../../gateway/context.js'
import type { Usage } from '../../gateway/usage.js'
import { entitlementsOfEnvironment } from './entitlements.js'
import { startMeter } from './meter.js'
import { monthOf } from './months.js'
import { tellOfLimit, tellOfLimits } from './notices.js'
import { createRequestRate } from './request-rate.js'
import { loadStanding } from './standing.js'

const maxAgeMs = 1_000

/** Remembers what was read of an environment for a second. Whoever needs it fresh reads it itself. */
function remembering<T>(read: (environmentId: string, db: Db) => Promise<T>) {
  const known = new LRUCache<string, { value: T }>({ max: 20_000, ttl: maxAgeMs })
  const ask = async (environmentId: string, db: Db): Promise<T> => {
    const kept = known.get(environmentId)
    if (kept !== undefined) return kept.value
    const value = await read(environmentId, db)
    known.set(environmentId, { value })
    return value
  }
  return { ask, clear: () => known.clear() }
}

export function openUsage(
  parts: Pick<Parts, 'db' | 'mail' | 'now' | 'publicUrl'>,
  log: Logger,
): Usage {
  const { db, now } = parts
  const meter = startMeter(db, now, log)
  const agreements = remembering((id, on) => entitlementsOfEnvironment(id, on, now()))
  const standings = remembering(async (id, on) => {
    const { organizationId } = await agreements.ask(id, on)
    return loadStanding(organizationId, on, now())
  })
  const asides = new Map<string, Promise<void>>()
  const told = new LRUCache<string, true>({ max: 20_000 })

  const watches = new Map<string, NodeJS.Timeout>()

  async function look(environmentId: string): Promise<void> {
    await meter.flush()
    const { organizationId } = await agreements.ask(environmentId, db)
    const standing = await loadStanding(organizationId, db, now())
    if (await tellOfLimits(parts, standing)) standings.clear()
  }

  /** One at a time under each name; whoever comes meanwhile is content with the one that runs. */
  const aside = (name: string, work: () => Promise<unknown>) => {
    if (asides.has(name)) return
    const running = work()
      .then(
        () => undefined,
        error => log.warn({ err: error }, 'nobody could be told of a limit'),
      )
      .finally(() => asides.delete(name))
    asides.set(name, running)
  }

  return {
    ...meter,
    takeRequest: createRequestRate(
      async id => (await agreements.ask(id, db)).limits.requests_per_second,
    ),
    met: new LRUCache<string, true>({ max: 100_000 }),
    agreement: agreements.ask,
    standing: standings.ask,
    watch: environmentId => {
      if (watches.has(environmentId)) return
      // A moment later, for all who come meanwhile: by then what was counted is written down.
      const timer = setTimeout(() => {
        watches.delete(environmentId)
        aside(environmentId, () => look(environmentId))
      }, maxAgeMs)
      watches.set(environmentId, timer)
    },
    tellLater: (environmentId, news) => {
      const month = monthOf(now())
      const name = `${environmentId} ${month.key} ${news.meter} ${news.percent}`
      if (told.has(name)) return
      aside(name, async () => {
        const { organizationId } = await agreements.ask(environmentId, db)
        await tellOfLimit(parts, organizationId, month, news)
        told.set(name, true)
      })
    },
    forget: () => {
      agreements.clear()
      standings.clear()
    },
    close: async () => {
      for (const timer of watches.values()) clearTimeout(timer)
      await Promise.all(asides.values())
      await meter.close()
    },
  }
}
