import type { Identity } from '@aethex/shared/auth'
import type { EventRow } from '../clickhouse/schema.js'
import type { Event } from './schema.js'

const earlyMs = 30 * 86_400_000
const lateMs = 5 * 60_000

/** The way ClickHouse reads a DateTime64 in UTC. */
const dateTime = (ms: number) => new Date(ms).toISOString().slice(0, -1).replace('T', ' ')

/**
 * What is stored of an event. The sender's clock is kept as it was sent, and believed from 30 days
 * before until 5 minutes after the event arrived.
 */
export function toRow(identity: Identity, event: Event, receivedAt: number): EventRow {
  const time = Math.min(Math.max(Date.parse(event.time), receivedAt - earlyMs), receivedAt + lateMs)
  return {
    environment_id: identity.environment_id,
    event_id: event.event_id,
    player_id: identity.caller === 'player' ? identity.player_id : (event.player_id ?? null),
    sent_by: identity.caller,
    name: event.name,
    time: dateTime(time),
    client_time: event.time,
    received_at: dateTime(receivedAt),
    properties: JSON.stringify(event.properties ?? {}),
  }
}
