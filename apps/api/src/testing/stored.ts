import { type Database, openDatabase, statement } from '@aethex/shared/db'
import { createLog } from '@aethex/shared/log'
import type { SharedStack } from '@aethex/shared/testing'

/** A look behind the API: what is in PostgreSQL, and a hand on the clock of its rows. */
export interface Stored {
  rows(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>
  db: Database
  close(): Promise<void>
}

export function openStored(stack: SharedStack): Stored {
  const db = openDatabase(stack.database_url, createLog('test', 'silent'), 2)
  return {
    db,
    rows: (sql, ...values) => db.all(statement<Record<string, unknown>>('', sql), values),
    close: () => db.close(),
  }
}
