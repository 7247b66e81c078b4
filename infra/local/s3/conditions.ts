import { S3Error } from './errors.js'

export interface WriteConditions {
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
}

interface Known {
  etag: string
  modifiedAt: number
}

/** Reads the conditions of a write; S3 knows `If-None-Match` only as `*`. */
export function writeConditions(headers: ReadonlyMap<string, string>): WriteConditions {
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw new S3Error('NotImplemented')
  return { ifMatch: headers.get('if-match'), ifNoneMatch }
}

/** Refuses a write whose conditions do not hold for the current object. */
export function checkWriteConditions(conditions: WriteConditions, current: Known | undefined) {
  if (conditions.ifNoneMatch === '*' && current) throw new S3Error('PreconditionFailed')
  if (conditions.ifMatch === undefined) return
  if (!current) throw new S3Error('NoSuchKey')
  if (!matches(conditions.ifMatch, current.etag)) throw new S3Error('PreconditionFailed')
}

/** Decides a read in the order of RFC 9110 section 13.2.2; `PreconditionFailed` is thrown. */
export function checkReadConditions(
  headers: ReadonlyMap<string, string>,
  current: Known,
): 'send' | 'not_modified' {
  const ifMatch = headers.get('if-match')
  const ifNoneMatch = headers.get('if-none-match')
  const changedAfter = (name: string) => current.modifiedAt >= dateOf(headers.get(name)) + 1000
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current.etag)) throw new S3Error('PreconditionFailed')
  } else if (changedAfter('if-unmodified-since')) throw new S3Error('PreconditionFailed')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, current.etag) ? 'not_modified' : 'send'
  const since = dateOf(headers.get('if-modified-since'))
  return Number.isNaN(since) || changedAfter('if-modified-since') ? 'send' : 'not_modified'
}

const dateOf = (value: string | undefined) => (value === undefined ? Number.NaN : Date.parse(value))

function matches(header: string, etag: string): boolean {
  const candidates = header.split(',').map(tag => tag.trim().replace(/^W\/|"/g, ''))
  return candidates.includes('*') || candidates.includes(etag)
}
