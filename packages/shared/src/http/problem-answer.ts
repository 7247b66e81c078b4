import type { ServerResponse } from 'node:http'
import { Problem } from '../errors/index.js'
import type { Logger } from '../log/index.js'

/** The one place where a failure becomes an answer. What is not a Problem says nothing outside, everything in the log. */
export function answerProblem(
  response: ServerResponse,
  error: unknown,
  requestId: string,
  log: Logger,
): Problem {
  const problem = error instanceof Problem ? error : new Problem('internal', { cause: error })
  if (problem.status >= 500) {
    log.error({ err: problem.cause ?? problem, code: problem.code }, problem.message)
  }
  if (response.headersSent) {
    response.destroy()
    return problem
  }
  const body = JSON.stringify(problem.toDocument(requestId))
  const headers: Record<string, string | number> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...problem.headers,
  }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="aethex"'
  response.writeHead(problem.status, headers)
  response.end(response.req.method === 'HEAD' ? undefined : body)
  return problem
}
