import { Problem } from '@aethex/shared/errors'
import type { JSONWebKeySet } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { jsonOf, type ProviderLine } from './provider-line.js'

const Address = z.url({ protocol: /^https?$/ })

/** OpenID Connect Discovery 1.0 §3, as far as it is used. */
const Metadata = z
  .object({
    issuer: z.string(),
    authorization_endpoint: Address,
    token_endpoint: Address,
    jwks_uri: Address,
    token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  })
  .catchall(z.json())
export type Metadata = z.infer<typeof Metadata>

const Keys = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

const tenMinutesMs = 600_000
const known = new LRUCache<string, Metadata>({ max: 500, ttl: tenMinutesMs })

const nonsense = (cause: unknown) => new Problem('provider_unavailable', { cause })

const isHttps = (address: string) => address.startsWith('https:')

/** What an issuer says of itself; remembered for ten minutes. */
export async function discover(line: ProviderLine, issuer: string): Promise<Metadata> {
  const remembered = known.get(issuer)
  if (remembered !== undefined) return remembered
  const response = await line(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const parsed = Metadata.safeParse(await jsonOf(response))
  if (!parsed.success) throw nonsense(parsed.error)
  const { data } = parsed
  // §4.3: a document that speaks for another issuer speaks for none.
  if (data.issuer !== issuer) throw nonsense(new Error(`${issuer} says it is ${data.issuer}`))
  if (isHttps(issuer) && !isHttps(data.authorization_endpoint)) {
    throw nonsense(new Error(`${issuer} asks for passwords over http`))
  }
  known.set(issuer, data)
  return data
}

interface KnownKeys {
  keys: JSONWebKeySet
  fetchedAt: number
}

const knownKeys = new LRUCache<string, KnownKeys>({ max: 500, ttl: tenMinutesMs })
// Whoever invents key ids must not make us ask for the keys again and again.
const refetchAfterMs = 30_000

/** The keys at an address. `fresh` fetches them again unless that was done moments ago. */
export async function keysAt(
  line: ProviderLine,
  url: string,
  fresh = false,
): Promise<JSONWebKeySet> {
  const remembered = knownKeys.get(url)
  const isRecent = remembered && performance.now() - remembered.fetchedAt < refetchAfterMs
  if (remembered !== undefined && (!fresh || isRecent)) return remembered.keys
  const parsed = Keys.safeParse(await jsonOf(await line(url)))
  if (!parsed.success) throw nonsense(parsed.error)
  const keys = { keys: parsed.data.keys }
  knownKeys.set(url, { keys, fetchedAt: performance.now() })
  return keys
}
