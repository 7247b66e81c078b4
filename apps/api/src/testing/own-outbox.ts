import { statement } from '@aethex/shared/db'
import type { Closable } from '@aethex/shared/lifecycle'
import type { SharedStack } from '@aethex/shared/testing'
import { openStored } from './stored.js'

/** An outbox that only its test's couriers look into; everything else is the stack's. */
export interface OwnOutbox extends Closable {
  /** For an app or a courier: the stack's database, with this outbox in it. */
  databaseUrl: string
  rows(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]>
}

/** Makes a schema with a `mail_outbox` of its own; the letters of other tests do not come into it. */
export async function openOwnOutbox(stack: SharedStack): Promise<OwnOutbox> {
  const schema = `mail_${crypto.randomUUID().replaceAll('-', '')}`
  const within = (url: string) => {
    const own = new URL(url)
    own.searchParams.set('options', `-c search_path=${schema},public`)
    return own.href
  }
  const owner = openStored({ ...stack, database_url: within(stack.database_url) })
  const run = (sql: string) => owner.db.all(statement<never>('', sql), [])
  await run(`CREATE SCHEMA ${schema}`)
  await run(`CREATE TABLE ${schema}.mail_outbox (LIKE public.mail_outbox INCLUDING ALL)`)
  await run(`GRANT USAGE ON SCHEMA ${schema} TO aethex_app`)
  await run(`GRANT ALL ON ${schema}.mail_outbox TO aethex_app`)
  return {
    databaseUrl: within(stack.app_database_url),
    rows: owner.rows,
    close: async () => {
      await run(`DROP SCHEMA ${schema} CASCADE`)
      await owner.close()
    },
  }
}
