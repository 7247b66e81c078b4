import type { IncomingMessage } from 'node:http'
import { S3Error } from './errors.js'

/** What a request line and its headers say, decoded once. */
export interface RequestTarget {
  method: string
  /** Decoded path segments; keys may hold `.`, `..` and empty segments, so nothing is normalized. */
  segments: string[]
  bucket: string
  key: string
  query: [name: string, value: string][]
  parameters: ReadonlyMap<string, string>
  /** Lower-case headers; for presigned URLs also the `x-amz-*` values carried in the query. */
  headers: ReadonlyMap<string, string>
  presigned: boolean
}

/** Decodes a path-style request; `InvalidURI` for what cannot be decoded. */
export function readTarget(request: IncomingMessage): RequestTarget {
  const url = request.url ?? ''
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (!path.startsWith('/')) throw new S3Error('InvalidURI')
  const segments = path.split('/').map(decode)
  const query = mark < 0 ? [] : parseQuery(url.slice(mark + 1))
  const parameters = new Map(query)
  const presigned = parameters.has('X-Amz-Signature')
  const key = segments.slice(2).join('/')
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  return {
    method: request.method ?? '',
    segments,
    bucket: segments[1] ?? '',
    key,
    query,
    parameters,
    headers: new Map([...(presigned ? hoistedHeaders(query) : []), ...receivedHeaders(request)]),
    presigned,
  }
}

// Signers write a space as %20; a bare plus comes from form encoding and means a space, as in S3.
function parseQuery(text: string): [string, string][] {
  const pairs = text
    .replaceAll('+', '%20')
    .split('&')
    .filter(pair => pair !== '')
  return pairs.map(pair => {
    const equals = pair.indexOf('=')
    return equals < 0
      ? [decode(pair), '']
      : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
  })
}

function hoistedHeaders(query: [string, string][]): [string, string][] {
  const lower = query.map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return lower.filter(([name]) => name.startsWith('x-amz-'))
}

function receivedHeaders(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]],
  )
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI')
  }
}
