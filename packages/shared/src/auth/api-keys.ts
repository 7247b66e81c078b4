import { createHash, randomBytes } from 'node:crypto'

export type ApiKeyKind = 'publishable' | 'secret'

const prefixes = { publishable: 'pk', secret: 'sk' } as const
const checksumLength = 6
const pattern = /^(pk|sk)_[A-Za-z0-9_-]{32}[a-f0-9]{6}$/

const checksum = (text: string) =>
  createHash('sha256').update(text).digest('hex').slice(0, checksumLength)

/** `pk_` or `sk_`, 192 random bits, and a checksum that lets a typo be refused without a look-up. */
export function mintApiKey(kind: ApiKeyKind): string {
  const body = `${prefixes[kind]}_${randomBytes(24).toString('base64url')}`
  return body + checksum(body)
}

/** The kind of a well-formed key; undefined for anything else. */
export function apiKeyKind(key: string): ApiKeyKind | undefined {
  if (!pattern.test(key)) return undefined
  const body = key.slice(0, -checksumLength)
  if (checksum(body) !== key.slice(-checksumLength)) return undefined
  return key.startsWith('pk_') ? 'publishable' : 'secret'
}

/** What is stored. The key has 192 random bits, so a plain hash cannot be searched. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest()
