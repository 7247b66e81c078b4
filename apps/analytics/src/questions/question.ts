import { z } from 'zod'
import type { EventStore } from '../clickhouse/client.js'

interface Definition<Params extends z.ZodObject, Row extends z.ZodObject> {
  params: Params
  row: Row
  /** Must filter by `{environment_id:UUID}`; every value is a bound parameter of that form. */
  sql: string
}

/** Rows are counted up to here; a question with a longer answer has to be narrowed. */
export const maxRows = 20_000

/** A count that ClickHouse gives as text, because 64 bits do not fit a JSON number. */
export const Count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

/** Declares a question: what may be asked, and what comes back, row by row. */
export function question<Params extends z.ZodObject, Row extends z.ZodObject>({
  params,
  row,
  sql,
}: Definition<Params, Row>) {
  const rows = z.array(row)
  return {
    params,
    row,
    /** Throws `unavailable` without ClickHouse. */
    ask: async (store: EventStore, environmentId: string, values: z.output<Params>) =>
      rows.parse(
        await store.select(`${sql} LIMIT ${maxRows + 1}`, {
          ...values,
          environment_id: environmentId,
        }),
      ),
  }
}
