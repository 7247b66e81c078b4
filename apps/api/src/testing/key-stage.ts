import {
  type DataKeys,
  type MasterKeys,
  openDataKeys,
  openMasterKeys,
} from '@aethex/shared/data-keys'
import { type Database, openDatabase, statement } from '@aethex/shared/db'
import { House } from '@aethex/shared/lifecycle'
import { createLog, type Logger } from '@aethex/shared/log'
import type { SharedStack } from '@aethex/shared/testing'
import { openStored, type Stored } from './stored.js'

/** Tables of data keys and signing keys of one test file, and processes that use them. */
export interface KeyStage {
  /** PostgreSQL, with the own tables in front of the stack's. */
  databaseUrl: string
  db: Database
  rows: Stored['rows']
  /** The data keys of another process: memory and connections of its own. */
  process(masterKeys: MasterKeys, more?: Partial<ProcessOptions>): DataKeys
  /** Master keys as DATA_MASTER_KEYS gives them. */
  listed(...keys: Buffer[]): Promise<MasterKeys>
  /** How many keys each master key has wrapped. */
  wrappedBy(): Promise<Record<string, number>>
  close(): Promise<void>
}

interface ProcessOptions {
  log: Logger
  remember: number
  recheckMs: number
}

export const quiet = createLog('test', 'silent')
/** What every process has beside the listed keys. */
export const masterKey = Buffer.alloc(32, 7)

export async function openKeyStage(stack: SharedStack): Promise<KeyStage> {
  const house = new House()
  const stored = house.keep(openStored(stack))
  const schema = `keys_${crypto.randomUUID().slice(0, 8)}`
  await stored.rows(`CREATE SCHEMA ${schema}`)
  house.onClose(async () => void (await stored.rows(`DROP SCHEMA ${schema} CASCADE`)))
  for (const table of ['data_key', 'signing_key']) {
    await stored.rows(`CREATE TABLE ${schema}.${table} (LIKE public.${table} INCLUDING ALL)`)
  }
  const url = new URL(stack.database_url)
  url.searchParams.set('options', `-c search_path=${schema},public`)
  const open = () => house.keep(openDatabase(url.href, quiet, 4))
  const db = open()
  const rows: Stored['rows'] = (sql, ...values) =>
    db.all(statement<Record<string, unknown>>('', sql), values)
  return {
    databaseUrl: url.href,
    db,
    rows,
    process: (masterKeys, more) => openDataKeys({ db: open(), masterKeys, log: quiet, ...more }),
    listed: (...keys) => openMasterKeys({ masterKey, listed: keys }, quiet),
    wrappedBy: async () => {
      const found = await rows('SELECT master_key_id, count(*) AS keys FROM data_key GROUP BY 1')
      return Object.fromEntries(found.map(row => [row.master_key_id, Number(row.keys)]))
    },
    close: () => house.close(),
  }
}
