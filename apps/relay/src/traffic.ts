import type { Metrics } from '@aethex/shared/http'
import { Counter, Gauge } from 'prom-client'

/** Plain numbers that the hot path counts up; Prometheus reads them when it asks. */
export interface Traffic {
  messagesIn: number
  messagesOut: number
  statesDropped: number
  matches: number
}

export const createTraffic = (): Traffic => ({
  messagesIn: 0,
  messagesOut: 0,
  statesDropped: 0,
  matches: 0,
})

/** Publishes the counters and gauges of a node on its /metrics. */
export function exposeTraffic(
  { registry }: Metrics,
  traffic: Traffic,
  levels: { sockets(): number; rooms(): number },
): void {
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('relay_sockets', 'Open sockets.', levels.sockets)
  gauge('relay_rooms', 'Rooms that live on this node.', levels.rooms)
  counter('relay_messages_in_total', 'Messages from clients.', () => traffic.messagesIn)
  counter('relay_messages_out_total', 'Messages to clients.', () => traffic.messagesOut)
  counter(
    'relay_states_dropped_total',
    'State updates not sent to slow readers.',
    () => traffic.statesDropped,
  )
  counter('relay_matches_total', 'Matches made by this node.', () => traffic.matches)
}
