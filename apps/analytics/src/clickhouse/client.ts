import { Readable } from 'node:stream'
import { unavailable } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { insertEvents, schema } from './schema.js'

const tablesMs = 5_000
const insertMs = 30_000
// Below the gateway's own deadline, so that its caller gets our answer.
const questionMs = 4_000

/** Errors that say something about the rows and not about the server: sent again they fail again. */
const refusals =
  /^(CANNOT_PARSE_|CANNOT_READ_|INCORRECT_DATA|TYPE_MISMATCH|CANNOT_CONVERT_TYPE|ARGUMENT_OUT_OF_BOUND|VALUE_IS_OUT_OF_RANGE|UNKNOWN_ELEMENT_OF_ENUM|CANNOT_INSERT_NULL)/

/** Whether ClickHouse will never take these rows. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ClickHouseError && refusals.test(error.type ?? '')

export interface EventStore extends Closable {
  /** Makes the tables when they are missing. */
  prepare(): Promise<void>
  /** Returns when the rows are stored; after a failure they may be, so send them again. */
  insert(rows: readonly Buffer[], signal: AbortSignal): Promise<void>
  /** The rows that answer a statement; its values only ever travel as bound parameters. */
  select(sql: string, values: Record<string, unknown>): Promise<unknown[]>
  /** Deletes the rows of `events` that fit a condition; returns when they are gone. */
  remove(condition: string, values: Record<string, unknown>): Promise<void>
  ping(): Promise<void>
}

/** Opens ClickHouse at `http://user:password@host:port/database`, which need not be there yet. */
export function openEventStore(url: string): EventStore {
  const client = createClient({
    url,
    request_timeout: insertMs,
    max_open_connections: 8,
    log: { level: ClickHouseLogLevel.OFF },
  })
  let prepared: Promise<void> | undefined

  async function createTables(): Promise<void> {
    const abort_signal = AbortSignal.timeout(tablesMs)
    for (const query of schema) await client.command({ query, abort_signal })
  }

  /** Runs work on existing tables. After any failure they are looked after again: the server may be a new one. */
  async function onTables<T>(work: () => Promise<T>): Promise<T> {
    prepared ??= createTables()
    try {
      await prepared
      return await work()
    } catch (error) {
      prepared = undefined
      throw error
    }
  }

  return {
    prepare: () => onTables(async () => undefined),
    insert: (rows, abort_signal) =>
      onTables(async () => {
        const { stream } = await client.exec({
          query: insertEvents,
          values: Readable.from([Buffer.concat(rows)], { objectMode: false }),
          abort_signal,
          // The answer must mean stored, not buffered.
          clickhouse_settings: { async_insert: 0 },
        })
        for await (const _ of stream);
      }),
    async select(query, query_params) {
      try {
        return await onTables(async () => {
          const abort_signal = AbortSignal.timeout(questionMs)
          const format = 'JSONEachRow' as const
          const result = await client.query({ query, query_params, abort_signal, format })
          return result.json<unknown>()
        })
      } catch (error) {
        throw unavailable('event store', error)
      }
    },
    async remove(condition, query_params) {
      try {
        await onTables(() =>
          client.command({
            query: `ALTER TABLE events DELETE WHERE ${condition}`,
            query_params,
            abort_signal: AbortSignal.timeout(insertMs),
            // The answer must mean gone, not asked for.
            clickhouse_settings: { mutations_sync: '2' },
          }),
        )
      } catch (error) {
        throw unavailable('event store', error)
      }
    },
    async ping() {
      const result = await client.ping()
      if (!result.success) throw result.error
    },
    close: () => client.close(),
  }
}
