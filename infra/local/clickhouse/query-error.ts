/** An error with a ClickHouse code, written the way the server words its own. */
export class QueryError extends Error {
  constructor(
    readonly code: number,
    name: string,
    text: string,
  ) {
    super(`Code: ${code}. DB::Exception: ${text} (${name})`)
  }
}

const notFound = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 511]
const badRequest = [6, 25, 26, 27, 38, 41, 53, 62, 69, 72, 108, 117, 168]

const statusByCode = new Map<number, number>([
  ...notFound.map(code => [code, 404] as const),
  ...badRequest.map(code => [code, 400] as const),
  [48, 501],
  [307, 413],
  [516, 403],
])

/** The HTTP status that ClickHouse's HTTPHandler gives an exception code. */
export function statusOf(code: number): number {
  return statusByCode.get(code) ?? 500
}

const unknownException = 1002

/** Code and wording of whatever was thrown, with the engine's own prefix removed. */
export function describeError(error: unknown): { code: number; text: string } {
  const text = error instanceof Error ? error.message : String(error)
  const found = /Code: (\d+)[\s\S]*/.exec(text)
  if (found) return { code: Number(found[1]), text: found[0] }
  return {
    code: unknownException,
    text: `Code: ${unknownException}. DB::Exception: ${text} (UNKNOWN_EXCEPTION)`,
  }
}
