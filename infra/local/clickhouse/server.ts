import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeHttp, listen } from '../listen.js'
import { sendError, sendResult } from './answer.js'
import { assertCredentials } from './credentials.js'
import { type Credentials, readQueryInput, readQueryRequest } from './request.js'
import { runQuery } from './run-query.js'
import { openSessionPool, type SessionPool } from './session-pool.js'
import { readStatement } from './statement.js'

// Bound query parameters travel in the URL; a server takes 1 MiB of it as well.
const maxUriBytes = 1024 * 1024

export type ClickHouseOptions = {
  /** The data directory, made when missing; one process at a time may use it. */
  dir: string
  /** 0, the default, takes a free port. */
  port?: number
  host?: string
  user?: string
  password?: string
  /** A database created at start, and part of the answered url. */
  database?: string
  /** How many queries run at a time; others wait in order. */
  sessions?: number
}

export type ClickHouse = {
  /** With user, password and database: ready for `createClient({ url })`. */
  url: string
  port: number
  close(): Promise<void>
}

/** Starts ClickHouse's HTTP interface in front of the embedded engine. */
export async function startClickHouse(options: ClickHouseOptions): Promise<ClickHouse> {
  const { dir, port = 0, host = '127.0.0.1', database = 'default' } = options
  const expected = { user: options.user ?? 'default', password: options.password ?? '' }
  const pool = await openSessionPool(dir, options.sessions ?? 4)
  try {
    await createDatabase(pool, database)
    const server = createServer({ maxHeaderSize: maxUriBytes }, (request, response) => {
      void answer(pool, expected, request, response)
    })
    const bound = await listen(server, port, host)
    const login = `${encodeURIComponent(expected.user)}:${encodeURIComponent(expected.password)}`
    return {
      url: `http://${login}@${host}:${bound}/${encodeURIComponent(database)}`,
      port: bound,
      async close() {
        await closeHttp(server)
        await pool.close()
      },
    }
  } catch (error) {
    await pool.close()
    throw error
  }
}

async function createDatabase(pool: SessionPool, database: string): Promise<void> {
  if (!/^\w+$/.test(database)) throw new Error(`Not a database name: ${database}`)
  await pool.run(session => session.queryAsync(`CREATE DATABASE IF NOT EXISTS \`${database}\``))
}

async function answer(
  pool: SessionPool,
  expected: Credentials,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const queryId = randomUUID()
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const isGet = request.method === 'GET'
    if (isGet && (isHealthCheck(url.pathname) || url.pathname + url.search === '/')) {
      response.end('Ok.\n')
    } else if (url.pathname !== '/') {
      response.writeHead(404).end('There is no such path here.\n')
    } else if (!isGet && request.method !== 'POST') {
      response.writeHead(405, { allow: 'GET, POST' }).end()
    } else {
      await answerQuery(pool, expected, request, response, url, queryId)
    }
  } catch (error) {
    sendError(response, error, queryId)
  }
}

function isHealthCheck(path: string): boolean {
  return path === '/ping' || path === '/livez'
}

async function answerQuery(
  pool: SessionPool,
  expected: Credentials,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  ownQueryId: string,
): Promise<void> {
  const asked = readQueryRequest(request, url)
  assertCredentials(asked.credentials, expected)
  const input = await readQueryInput(request, url)
  const statement = readStatement(input.sql)
  const started = process.hrtime.bigint()
  const result = await pool.run(async session =>
    // Somebody who left while waiting in line no longer wants the work done.
    response.destroyed ? undefined : runQuery(session, asked, input, statement),
  )
  if (!result) return
  await sendResult(response, result, {
    queryId: asked.queryId ?? ownQueryId,
    format: statement.format ?? asked.defaultFormat,
    isGzipped: asked.acceptsGzip,
    elapsedNs: process.hrtime.bigint() - started,
  })
}
