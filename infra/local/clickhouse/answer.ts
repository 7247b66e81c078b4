import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { describeError, statusOf } from './query-error.js'
import type { QueryResult } from './run-query.js'

const compress = promisify(gzip)

export type Answer = {
  queryId: string
  format: string
  isGzipped: boolean
  elapsedNs: bigint
}

/** Sends a result with the headers of ClickHouse's HTTP interface. */
export async function sendResult(
  response: ServerResponse,
  result: QueryResult,
  { queryId, format, isGzipped, elapsedNs }: Answer,
): Promise<void> {
  const body = isGzipped ? await compress(result.bytes, { level: 1 }) : result.bytes
  response.writeHead(200, {
    'content-type': contentType(format),
    'content-length': body.length,
    ...(isGzipped && { 'content-encoding': 'gzip' }),
    'x-clickhouse-query-id': queryId,
    'x-clickhouse-format': format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-server-display-name': 'chdb',
    'x-clickhouse-summary': summary(result, elapsedNs),
  })
  response.end(body)
}

/** Sends an error as ClickHouse words it: a line of text and its code in a header. */
export function sendError(response: ServerResponse, error: unknown, queryId?: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, text } = describeError(error)
  const status = statusOf(code)
  response.writeHead(status, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-exception-code': code,
    ...(queryId && { 'x-clickhouse-query-id': queryId }),
    // The rest of a body nobody read would be taken for the next request.
    ...(!response.req.complete && { connection: 'close' }),
  })
  response.end(`${text.trimEnd()}\n`)
}

function contentType(format: string): string {
  if (/^JSON.*EachRow/i.test(format)) return 'application/x-ndjson; charset=UTF-8'
  if (/^JSON/i.test(format)) return 'application/json; charset=UTF-8'
  if (/^CSV/i.test(format)) return 'text/csv; charset=UTF-8'
  if (/^(TSV|TabSeparated)/i.test(format)) return 'text/tab-separated-values; charset=UTF-8'
  return 'text/plain; charset=UTF-8'
}

function summary(result: QueryResult, elapsedNs: bigint): string {
  return JSON.stringify({
    read_rows: String(result.readRows),
    read_bytes: String(result.readBytes),
    written_rows: String(result.writtenRows),
    written_bytes: String(result.writtenBytes),
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(result.bytes.length),
    elapsed_ns: String(elapsedNs),
  })
}
