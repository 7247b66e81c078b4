import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Error } from './errors.js'
import type { RequestTarget } from './request-target.js'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

interface Claim {
  credential: string
  signedHeaders: string
  signature: string
  date: string
  payloadHash: string
}

const skewMilliseconds = 15 * 60 * 1000
const longestExpirySeconds = 7 * 24 * 60 * 60

/**
 * Verifies Signature Version 4 from the Authorization header or the query string, after
 * docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html, and returns the
 * payload hash the body must be checked against.
 */
export function verifySignature(target: RequestTarget, credentials: Credentials, now = Date.now()) {
  const claim = target.presigned ? readQueryClaim(target, now) : readHeaderClaim(target, now)
  const [accessKeyId, day, region, service, end, ...rest] = claim.credential.split('/')
  if (!day || !region || service !== 's3' || end !== 'aws4_request' || rest.length > 0) {
    throw malformed(target, 'The credential scope is malformed.')
  }
  if (day !== claim.date.slice(0, 8)) throw malformed(target, 'The scope is of another day.')
  if (accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId')
  requireSignedHeaders(target, claim)
  checkPayloadHash(claim.payloadHash)

  const canonicalHash = createHash('sha256').update(canonicalRequest(target, claim)).digest('hex')
  const scope = [day, region, service, end].join('/')
  const text = ['AWS4-HMAC-SHA256', claim.date, scope, canonicalHash].join('\n')
  const keyParts = [day, region, service, end]
  const signingKey = keyParts.reduce(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`))
  const expected = hmac(signingKey, text)
  const given = Buffer.from(claim.signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new S3Error('SignatureDoesNotMatch')
  }
  return claim.payloadHash
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

function readHeaderClaim({ headers }: RequestTarget, now: number): Claim {
  const authorization = headers.get('authorization')
  if (authorization === undefined) throw new S3Error('AccessDenied')
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^\s,]+),\s*SignedHeaders=([^\s,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  const payloadHash = headers.get('x-amz-content-sha256')
  const [, credential, signedHeaders, signature] = match ?? []
  if (!credential || !signedHeaders || !signature) throw new S3Error('AuthorizationHeaderMalformed')
  if (!payloadHash) throw new S3Error('InvalidRequest', 'x-amz-content-sha256 is missing.')
  const date = headers.get('x-amz-date') ?? ''
  const time = parseDate(date)
  if (Number.isNaN(time)) throw new S3Error('AccessDenied', 'x-amz-date is missing or malformed.')
  if (Math.abs(now - time) > skewMilliseconds) throw new S3Error('RequestTimeTooSkewed')
  return { credential, signedHeaders, signature, date, payloadHash }
}

function readQueryClaim(target: RequestTarget, now: number): Claim {
  const parameter = (name: string) => target.parameters.get(name) ?? ''
  const date = parameter('X-Amz-Date')
  const time = parseDate(date)
  const expires = parameter('X-Amz-Expires')
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0
  if (
    parameter('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' ||
    Number.isNaN(time) ||
    seconds < 1 ||
    seconds > longestExpirySeconds
  ) {
    throw new S3Error('AuthorizationQueryParametersError')
  }
  if (time > now + skewMilliseconds) throw new S3Error('AccessDenied', 'Not valid yet.')
  if (now > time + seconds * 1000) throw new S3Error('AccessDenied', 'Request has expired.')
  return {
    credential: parameter('X-Amz-Credential'),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    signature: parameter('X-Amz-Signature'),
    date,
    payloadHash: target.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
  }
}

// An unsigned x-amz header could be added by someone who only overheard a URL.
function requireSignedHeaders(target: RequestTarget, claim: Claim): void {
  const signed = new Set(claim.signedHeaders.split(';'))
  if (!signed.has('host')) throw malformed(target, 'The host header must be signed.')
  const inQuery = new Set(target.query.map(([name]) => name.toLowerCase()))
  for (const name of target.headers.keys()) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-content-sha256') continue
    const hoisted = target.presigned && inQuery.has(name)
    if (!hoisted && !signed.has(name)) {
      throw new S3Error('AccessDenied', `The header ${name} was not signed.`)
    }
  }
}

function checkPayloadHash(payloadHash: string): void {
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return
  if (payloadHash === 'UNSIGNED-PAYLOAD') return
  if (payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return
  // Signed chunks are not verified here, so they are refused and not merely believed.
  if (payloadHash.startsWith('STREAMING-')) throw new S3Error('NotImplemented')
  throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is invalid.')
}

function canonicalRequest(target: RequestTarget, claim: Claim): string {
  const names = claim.signedHeaders.split(';')
  const headers = names.map(name => {
    const value = target.headers.get(name) ?? ''
    return `${name}:${value.trim().replace(/\s+/g, ' ')}`
  })
  const query = target.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => ({ name: encode(name), value: encode(value) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&')
  const path = target.segments.map(encode).join('/')
  return [target.method, path, query, ...headers, '', claim.signedHeaders, claim.payloadHash].join(
    '\n',
  )
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function parseDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return Number.NaN
  const [, year, month, day, hour, minute, second] = match
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function malformed({ presigned }: RequestTarget, detail: string): S3Error {
  const code = presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed'
  return new S3Error(code, detail)
}
