import { QueryError } from './query-error.js'

export type Statement = {
  isInsert: boolean
  /** The name behind the statement's own FORMAT clause. */
  format: string | undefined
}

/**
 * Reads what the endpoint must know about a statement before the engine runs it, and refuses what a
 * ClickHouse server refuses but the embedded engine would do: several statements in one request,
 * writing files, stopping the process. Throws a QueryError.
 */
export function readStatement(sql: string): Statement {
  const bare = withoutLiterals(sql).trim()
  if (/^[;\s]*$/.test(bare)) throw new QueryError(62, 'SYNTAX_ERROR', 'Empty query.')
  const isInsert = /^INSERT\b/i.test(bare)
  const beforeData = isInsert ? /\bFORMAT\s+(\w+)/i.exec(bare) : null
  const statement = beforeData ? bare.slice(0, beforeData.index) : bare
  if (/;\s*[^;\s]/.test(statement)) {
    throw new QueryError(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed.')
  }
  if (/\bINTO\s+OUTFILE\b/i.test(statement)) {
    throw new QueryError(344, 'SUPPORT_IS_DISABLED', 'INTO OUTFILE is not allowed.')
  }
  if (/^SYSTEM\s+(SHUTDOWN|KILL)\b/i.test(statement)) {
    throw new QueryError(497, 'ACCESS_DENIED', 'Whoever started this process stops it.')
  }
  const format = beforeData ?? /\bFORMAT\s+(\w+)[\s;]*$/i.exec(statement)
  return { isInsert, format: format?.[1] }
}

/** The text with every comment as a space and every quoted part as an empty literal. */
function withoutLiterals(sql: string): string {
  const opener = /--|#[! ]|\/\*|['"`]/g
  const kept: string[] = []
  let at = 0
  for (let found = opener.exec(sql); found; found = opener.exec(sql)) {
    const mark = found[0]
    kept.push(sql.slice(at, found.index), isQuote(mark) ? "''" : ' ')
    at = isQuote(mark) ? endOfQuoted(sql, mark, opener.lastIndex) : endOfComment(sql, mark, found)
    opener.lastIndex = at
  }
  kept.push(sql.slice(at))
  return kept.join('')
}

function isQuote(mark: string): boolean {
  return mark === "'" || mark === '"' || mark === '`'
}

function endOfQuoted(sql: string, quote: string, from: number): number {
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1
    else if (sql[at] === quote) return at + 1
  }
  return sql.length
}

function endOfComment(sql: string, mark: string, opened: RegExpExecArray): number {
  const close = mark === '/*' ? '*/' : '\n'
  const end = sql.indexOf(close, opened.index + mark.length)
  return end < 0 ? sql.length : end + close.length
}
