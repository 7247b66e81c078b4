import { z } from 'zod'
import { Problem, unavailable } from '../errors/index.js'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const unreachableClasses = ['08', '53', '57', '58']
const unreachableNodeCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
])
// What @prisma/driver-adapter-utils calls a database that cannot be talked to.
const unreachableKinds = new Set([
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
])
const raceCodes = new Set(['40001', '40P01'])

export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined

/** The name of the unique or foreign key that an insert ran into, if that is what happened. */
export function violatedConstraint(error: unknown): string | undefined {
  const state = sqlState(error)
  if (state !== '23505' && state !== '23503') return undefined
  return error instanceof Error && 'constraint' in error ? String(error.constraint) : undefined
}

/** Lost a race that running the same transaction again settles. */
export const isRace = (error: unknown) => raceCodes.has(sqlState(error) ?? '')

const PrismaFailure = z.object({
  meta: z.object({
    driverAdapterError: z.object({
      cause: z.object({ kind: z.string(), originalCode: z.string().optional() }),
    }),
  }),
})

/** Prisma wraps the driver's failure; what kind it was lies a few levels down. */
function isUnreachableByPrisma(error: unknown): boolean {
  const failure = PrismaFailure.safeParse(error)
  if (!failure.success) return false
  const { kind, originalCode = '' } = failure.data.meta.driverAdapterError.cause
  return unreachableKinds.has(kind) || unreachableClasses.includes(originalCode.slice(0, 2))
}

function isUnreachable(error: unknown): boolean {
  if (isUnreachableByPrisma(error)) return true
  const code = sqlState(error)
  if (code !== undefined) {
    return unreachableNodeCodes.has(code) || unreachableClasses.includes(code.slice(0, 2))
  }
  return (
    error instanceof Error &&
    /timeout|terminated|Connection ended|not queryable|Client has encountered/i.test(error.message)
  )
}

/** A failure of the database as the caller may see it; other errors come back unchanged. */
export function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error
  return isUnreachable(error) || isRace(error) ? unavailable('database', error) : error
}
