import { type Answer, call } from '@aethex/shared/testing'

/** Calls the API as somebody: method, path below /api/v1, JSON body, further headers. */
export type Caller = (
  method: string,
  path: string,
  json?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

/** Binds a caller's headers to an address. */
export const callerOf =
  (apiUrl: string, headers: Record<string, string> = {}): Caller =>
  (method, path, json, more = {}) =>
    call(method, `${apiUrl}/api/v1${path}`, {
      headers: { ...headers, ...more },
      ...(json === undefined ? {} : { json }),
    })

/** The answers of `count` calls that run side by side. */
export const inParallel = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

/** How many answers had each status: { 201: 1, 409: 49 }. */
export function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
