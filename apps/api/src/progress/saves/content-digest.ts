import { Problem } from '@aethex/shared/errors'

const reason = 'holds no sha-256=:…: of 32 bytes (RFC 9530)'

/** The SHA-256 that a Content-Digest declares; undefined without one. Of several digests ours is the one that counts. */
export function declaredHash(header: string | string[] | undefined): Buffer | undefined {
  if (header === undefined) return undefined
  const found = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?=,|$)/.exec(String(header))?.[1]
  if (found !== undefined) return Buffer.from(found, 'base64')
  throw new Problem('invalid_request', {
    detail: `Content-Digest ${reason}.`,
    errors: [{ pointer: 'header/content-digest', reason }],
  })
}

export const digestOf = (hash: Buffer) => `sha-256=:${hash.toString('base64')}:`
