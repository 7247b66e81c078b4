import type { IncomingMessage, ServerResponse } from 'node:http'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface Metrics {
  registry: Registry
  observe(routeId: string, status: number, seconds: number): void
  /** Answers GET /metrics; false for other paths. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}

/** Prometheus text. The label is the route's id, never a path: the number of series is bounded. */
export function createMetrics(app: string): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ app })
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return {
    registry,
    observe: (routeId, status, seconds) =>
      duration.observe({ route: routeId, status: String(status) }, seconds),
    answer(request, response) {
      if (request.url !== '/metrics') return false
      void registry.metrics().then(text => {
        response.writeHead(200, { 'content-type': registry.contentType })
        response.end(text)
      })
      return true
    },
  }
}
