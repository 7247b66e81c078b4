import { z } from 'zod'
import { type Flaw, Problem } from '../errors/index.js'
import { reasonOf } from './reasons.js'
import { isSafeText } from './strict-json.js'

const pointerOf = (path: readonly PropertyKey[]) =>
  path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const maxFlaws = 20

function flawsOf(error: z.ZodError, where: string): Flaw[] {
  return error.issues.slice(0, maxFlaws).flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({
          pointer: where + pointerOf([...issue.path, key]),
          reason: 'is not a known field',
        }))
      : [{ pointer: where + pointerOf(issue.path), reason: issue.message }],
  )
}

/** Parses one part of the input (`''` for the body, `query`, `path`) or refuses with every flaw named. */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: string,
): z.output<S> {
  const result = schema.safeParse(value, { error: reasonOf })
  if (result.success) return result.data
  const errors = flawsOf(result.error, where)
  const [first] = errors
  const detail = first === undefined ? undefined : `${first.pointer || 'The body'}: ${first.reason}`
  throw new Problem('invalid_request', { errors, ...(detail === undefined ? {} : { detail }) })
}

/** The query as a plain object. A name given twice means different things to different readers: refused. */
export function readQuery(search: string): Record<string, string> {
  const query: Record<string, string> = {}
  if (search === '') return query
  for (const [name, value] of new URLSearchParams(search)) {
    if (Object.hasOwn(query, name) || name === '__proto__') {
      throw new Problem('invalid_request', {
        detail: `${name} is given more than once.`,
        errors: [{ pointer: `query/${name}`, reason: 'is given more than once' }],
      })
    }
    if (!isSafeText(name) || !isSafeText(value)) throw new Problem('invalid_text')
    query[name] = value
  }
  return query
}

/** A whole number in a query string, written in digits only. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ openapi: { type: 'integer', minimum: min, maximum: max } })
