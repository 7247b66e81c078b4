import type { RawInsertFormat, Session } from 'chdb'
import { describeError } from './query-error.js'
import { decodeText, type QueryInput, type QueryRequest } from './request.js'
import type { Statement } from './statement.js'

export type QueryResult = {
  bytes: Uint8Array
  readRows: number
  readBytes: number
  writtenRows: number
  writtenBytes: number
}

const nothing = { readRows: 0, readBytes: 0, writtenRows: 0, writtenBytes: 0 }
const noDataToInsert = 108

/** Runs one statement in a session made for it; throws what the engine throws. */
export async function runQuery(
  session: Session,
  request: QueryRequest,
  input: QueryInput,
  statement: Statement,
): Promise<QueryResult> {
  if (request.database !== 'default') {
    await session.queryAsync(`USE ${quoted(request.database, '`')}`)
  }
  await session.queryAsync(settingsStatement(request.settings))
  if (request.isReadOnly) await session.queryAsync('SET readonly = 2')

  const target = input.data && readInsertTarget(input.sql)
  if (target && input.data) return insertBytes(session, target, input.data)
  const text = input.data ? `${input.sql}\n${decodeText(input.data)}` : input.sql
  try {
    const answer = await session.queryAsync(text, { format: request.defaultFormat })
    const { rowsRead: readRows, bytesRead: readBytes } = answer
    return { ...nothing, bytes: answer.bytes(), readRows, readBytes }
  } catch (error) {
    // A server takes an insert without rows for what it is.
    const isEmptyInsert = statement.isInsert && describeError(error).code === noDataToInsert
    if (isEmptyInsert) return { ...nothing, bytes: new Uint8Array() }
    throw error
  }
}

/** Parameters stay in the escaping they came in, which is the one SET wants: no value becomes SQL. */
function settingsStatement(settings: Map<string, string>): string {
  // The embedded dialect would read a mistyped statement as an expression to select.
  const all = new Map([['implicit_select', '0'], ...settings])
  const pairs = [...all].map(([name, value]) => `${name} = ${quoted(value, "'")}`)
  return `SET ${pairs.join(', ')}`
}

function quoted(text: string, quote: string): string {
  return quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote
}

type InsertTarget = {
  table: string
  columns: string[] | undefined
  format: RawInsertFormat
}

const plainInsert =
  /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?((?:(?:\w+|`\w+`)\.)?(?:\w+|`\w+`))\s*(?:\(([\w\s,`]+)\))?\s*FORMAT\s+(\w+)[\s;]*$/i

const byteFormats: readonly RawInsertFormat[] = [
  'JSONEachRow',
  'JSONCompactEachRow',
  'CSV',
  'CSVWithNames',
  'TSV',
  'TSVWithNames',
  'TabSeparated',
  'TabSeparatedWithNames',
]

/** The parts of an insert whose data may go to the engine as bytes, never becoming JS text. */
function readInsertTarget(sql: string): InsertTarget | undefined {
  const [, table, columns, name] = plainInsert.exec(sql) ?? []
  const format = byteFormats.find(known => known === name)
  if (!table || !format) return undefined
  return {
    table: table.replaceAll('`', ''),
    columns: columns?.split(',').map(column => column.replaceAll('`', '').trim()),
    format,
  }
}

async function insertBytes(
  session: Session,
  { table, columns, format }: InsertTarget,
  values: Buffer,
): Promise<QueryResult> {
  const done = await session.insert({ table, values, format, ...(columns && { columns }) })
  const { rowsWritten: writtenRows, bytesWritten: writtenBytes } = done
  return { ...nothing, bytes: new Uint8Array(), writtenRows, writtenBytes }
}
