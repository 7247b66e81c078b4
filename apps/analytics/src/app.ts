import { createHealth, createMetrics, createPipeline, listen } from '@aethex/shared/http'
import { House, type Running } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { openEventStore } from './clickhouse/client.js'
import type { Config, Secrets } from './config.js'
import { contextFor } from './context.js'
import { createCounters, watchSpool } from './counters.js'
import { startShipper } from './ingest/shipper.js'
import { openSpool } from './ingest/spool/spool.js'
import { internalRoutes, routes } from './services.js'

/** Starts the analytics app. It needs its spool; ClickHouse may come later, and go. */
export async function startAnalytics(
  config: Config,
  secrets: Secrets,
  log: Logger,
): Promise<Running> {
  const house = new House()
  try {
    const metrics = createMetrics('analytics')
    const counters = createCounters(metrics)
    const spool = house.keep(
      await openSpool({ dir: config.SPOOL_DIR, maxBytes: config.MAX_SPOOL_BYTES, log }),
    )
    const store = house.keep(openEventStore(secrets.CLICKHOUSE_URL))
    house.keep(startShipper({ spool, store, counters, log }))
    watchSpool(metrics, spool)
    const health = createHealth([
      { name: 'spool', required: true, ping: () => spool.ping() },
      { name: 'clickhouse', required: false, ping: () => store.ping() },
    ])
    const handle = createPipeline({
      routes: [...routes, ...internalRoutes],
      contextFor: contextFor({ spool, store, counters }, secrets.INTERNAL_SECRET),
      // No browser calls here: the gateway answers for cross-origin requests.
      isAllowedOrigin: () => false,
      limits: undefined,
      health,
      metrics,
      log,
    })
    const server = house.keep(
      await listen({ host: config.HOST, port: config.PORT, health }, handle),
    )
    return { url: server.url, close: () => house.close() }
  } catch (error) {
    await house.close()
    throw error
  }
}
