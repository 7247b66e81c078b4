import type { Metrics } from '@aethex/shared/http'
import { Counter, Gauge } from 'prom-client'
import type { Spool } from './ingest/spool/spool.js'

export type Counters = ReturnType<typeof createCounters>

/** What is counted on the way of an event. */
export function createCounters({ registry }: Metrics) {
  const counter = (name: string, help: string) =>
    new Counter({ name: `analytics_${name}_total`, help, registers: [registry] })
  return {
    accepted: counter('events_accepted', 'Events acknowledged, so durable in the spool.'),
    shipped: counter('events_shipped', 'Events that ClickHouse acknowledged; repeats count again.'),
    withoutConsent: counter('events_without_consent', 'Events of players who did not agree.'),
    damaged: counter('spool_damaged', 'Spooled lines or files set aside because unreadable.'),
  }
}

/** How much waits in the spool, and for how long already. */
export function watchSpool({ registry }: Metrics, spool: Spool): void {
  new Gauge({
    name: 'analytics_spool_bytes',
    help: 'Bytes on disk that ClickHouse has not acknowledged.',
    registers: [registry],
    collect() {
      this.set(spool.state().bytes)
    },
  })
  new Gauge({
    name: 'analytics_spool_age_seconds',
    help: 'Age of the oldest event that ClickHouse has not acknowledged.',
    registers: [registry],
    collect() {
      const { oldestAt } = spool.state()
      this.set(oldestAt === undefined ? 0 : Math.max(0, (Date.now() - oldestAt) / 1_000))
    },
  })
}
