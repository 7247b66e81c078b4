import { z } from 'zod'
import { fromTestAddress } from './address.js'

/** An answer as a test looks at it. `body` is undefined when there is none. */
export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

const Problem = z.looseObject({ status: z.int(), code: z.string(), request_id: z.string().min(1) })

/** One request with a JSON body, or with the bytes given. Any answer is an answer: nothing throws. */
export async function call(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; json?: unknown; bytes?: string | Uint8Array } = {},
): Promise<Answer> {
  const body =
    options.bytes ?? (options.json === undefined ? undefined : JSON.stringify(options.json))
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...fromTestAddress,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

/** The code of a refusal, having checked that it is a whole problem document and says nothing of our insides. */
export function codeOf(answer: Answer): string {
  const type = answer.headers.get('content-type') ?? ''
  if (!type.startsWith('application/problem+json'))
    throw new Error(`not a problem: ${type} ${answer.status}`)
  const problem = Problem.parse(answer.body)
  if (problem.status !== answer.status) throw new Error('the problem names another status')
  if (/node_modules|\bat .*:\d+:\d+|SELECT |INSERT /.test(JSON.stringify(problem))) {
    throw new Error(`the problem tells of our insides: ${JSON.stringify(problem)}`)
  }
  return problem.code
}
