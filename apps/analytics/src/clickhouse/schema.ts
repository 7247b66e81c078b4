/** A row of the table `events`, in JSON. Times are UTC, as `2026-01-31 12:00:00.000`. */
export interface EventRow {
  environment_id: string
  event_id: string
  player_id: string | null
  sent_by: string
  name: string
  /** The time that questions go by. */
  time: string
  /** The sender's clock, as it was sent. */
  client_time: string
  received_at: string
  /** A JSON object. */
  properties: string
}

const columns: Record<keyof EventRow, string> = {
  environment_id: 'UUID',
  event_id: 'UUID',
  player_id: 'Nullable(UUID)',
  sent_by: 'LowCardinality(String)',
  name: 'LowCardinality(String)',
  time: "DateTime64(3, 'UTC')",
  client_time: 'String',
  received_at: "DateTime64(3, 'UTC')",
  properties: 'String CODEC(ZSTD)',
}

/**
 * The statements that make the tables, each of which may be repeated. An event id is stored once: of
 * rows with one id the engine keeps the highest `seniority`, the one received first, and `FINAL` hides
 * the others until it has merged them away. Parts are synced, for the spool forgets what was inserted.
 */
export const schema = [
  `CREATE TABLE IF NOT EXISTS events (
    ${Object.entries(columns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', ')},
    seniority UInt64 MATERIALIZED 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(received_at))
  )
  ENGINE = ReplacingMergeTree(seniority)
  ORDER BY (environment_id, event_id)
  SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
]

export const insertEvents = `INSERT INTO events (${Object.keys(columns).join(', ')}) FORMAT JSONEachRow`
