import type { IncomingMessage } from 'node:http'
import { readBody } from './body.js'
import { QueryError } from './query-error.js'

export type Credentials = {
  user: string
  password: string
}

export type QueryRequest = {
  credentials: Credentials
  queryId: string | undefined
  database: string
  defaultFormat: string
  /** Session settings, and query parameters as `param_<name>` in ClickHouse's TSV escaping. */
  settings: Map<string, string>
  isReadOnly: boolean
  acceptsGzip: boolean
}

/** The text of a statement and, when it came apart from the text, the data of an insert. */
export type QueryInput = {
  sql: string
  data: Buffer | undefined
}

// Parameters of the HTTP interface itself; everything else in the URL is a setting.
const interfaceParameters = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'quota_key',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'stacktrace',
  'compress',
  'decompress',
  'buffer_size',
  'wait_end_of_query',
  // An acknowledged row must be on disk: the engine's insert buffer would be lost with the process.
  'async_insert',
  'wait_for_async_insert',
])

/** Reads everything of a query but its body; throws a QueryError on a malformed request. */
export function readQueryRequest(request: IncomingMessage, url: URL): QueryRequest {
  const query = url.searchParams
  const settings = new Map<string, string>()
  for (const [name, value] of query) {
    if (interfaceParameters.has(name)) continue
    if (!/^\w+$/.test(name)) {
      throw new QueryError(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`)
    }
    settings.set(name, value)
  }
  return {
    credentials: readCredentials(request, query),
    queryId: query.get('query_id') ?? undefined,
    database: query.get('database') ?? header(request, 'x-clickhouse-database') ?? 'default',
    defaultFormat:
      query.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    isReadOnly: request.method === 'GET',
    acceptsGzip:
      query.get('enable_http_compression') === '1' &&
      /\bgzip\b/.test(header(request, 'accept-encoding') ?? ''),
  }
}

/** The statement is the `query` parameter and the body its data, or else the body is both. */
export async function readQueryInput(request: IncomingMessage, url: URL): Promise<QueryInput> {
  const body = await readBody(request)
  const query = url.searchParams.get('query') ?? ''
  if (query.trim() !== '') return { sql: query, data: body.length > 0 ? body : undefined }
  return { sql: decodeText(body), data: undefined }
}

/** Bytes as text; throws a QueryError when they are no UTF-8, since the engine takes text here. */
export function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new QueryError(48, 'NOT_IMPLEMENTED', 'Statements and inline data must be UTF-8 text.')
  }
}

function readCredentials(request: IncomingMessage, query: URLSearchParams): Credentials {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')
  if (basic?.[1]) {
    const pair = Buffer.from(basic[1], 'base64').toString()
    const colon = pair.indexOf(':')
    if (colon >= 0) return { user: pair.slice(0, colon), password: pair.slice(colon + 1) }
  }
  return {
    user: header(request, 'x-clickhouse-user') ?? query.get('user') ?? 'default',
    password: header(request, 'x-clickhouse-key') ?? query.get('password') ?? '',
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
