import { validateHeaderValue } from 'node:http'
import { S3Error } from './errors.js'
import type { ObjectRecord } from './objects.js'

const kept = [
  'content-type',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
] as const

const unsupported =
  /^x-amz-(acl|grant-.*|tagging|copy-source.*|server-side-encryption.*|object-lock-.*|website-redirect-location|write-offset-bytes)$/

/** Refuses headers that ask for something this server would silently not do. */
export function refuseUnsupportedHeaders(headers: ReadonlyMap<string, string>): void {
  for (const [name, value] of headers) {
    const wrongClass = name === 'x-amz-storage-class' && value !== 'STANDARD'
    if (unsupported.test(name) || wrongClass) {
      throw new S3Error('NotImplemented', `The header ${name} is not implemented.`)
    }
  }
}

/** The headers of an upload that come back with every download. */
export function headersToKeep(headers: ReadonlyMap<string, string>): Record<string, string> {
  const entries: [string, string][] = []
  let metadataBytes = 0
  for (const name of kept) {
    const value = headers.get(name)
    if (value !== undefined) entries.push([name, value])
  }
  const encodings = (headers.get('content-encoding') ?? '').split(',').map(one => one.trim())
  const encoding = encodings.filter(one => one !== '' && one !== 'aws-chunked').join(',')
  if (encoding !== '') entries.push(['content-encoding', encoding])
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-meta-')) continue
    metadataBytes += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value)
    requireSendable(name, value)
    entries.push([name, value])
  }
  if (metadataBytes > 2048) throw new S3Error('MetadataTooLarge')
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(entries) }
}

/** The headers of a download, with the `response-*` parameters of the request applied. */
export function downloadHeaders(
  object: ObjectRecord,
  parameters: ReadonlyMap<string, string>,
): Record<string, string> {
  const overrides: [string, string][] = []
  for (const name of [...kept, 'content-encoding']) {
    const value = parameters.get(`response-${name}`)
    if (value === undefined) continue
    requireSendable(name, value)
    overrides.push([name, value])
  }
  return {
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    ...object.headers,
    ...Object.fromEntries(overrides),
  }
}

// Values from a query string may hold what no HTTP header can carry.
function requireSendable(name: string, value: string): void {
  try {
    validateHeaderValue(name, value)
  } catch {
    throw new S3Error('InvalidArgument', `The value for ${name} cannot be sent as a header.`)
  }
}
