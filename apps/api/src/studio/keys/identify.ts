import { apiKeyKind, hashApiKey } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import type { KeyScope } from '@aethex/shared/http'
import { LRUCache } from 'lru-cache'
import type { Parts } from '../../gateway/context.js'
import { findLiveKey, touchKey } from './store.js'

export interface IdentifiedKey {
  id: string
  environmentId: string
  kind: 'publishable' | 'secret'
  scopes: readonly KeyScope[]
}

// Remembered for half a minute at most, and never past a revocation: the watch is asked at every use.
const known = new LRUCache<string, IdentifiedKey>({ max: 10_000, ttl: 30_000 })

/** Whose key this is. Throws `credential_invalid` for one that is malformed, unknown or revoked. */
export async function identifyKey(parts: Parts, apiKey: string): Promise<IdentifiedKey> {
  if (apiKeyKind(apiKey) === undefined) throw new Problem('credential_invalid')
  const hash = hashApiKey(apiKey)
  const id = hash.toString('base64')
  const remembered = parts.revocations.isFresh() ? known.get(id) : undefined
  if (remembered !== undefined && !parts.revocations.isRevoked(remembered.id)) return remembered
  const row = await findLiveKey(hash, parts.db)
  if (row === undefined) throw new Problem('credential_invalid')
  const key = { id: row.id, environmentId: row.environment_id, kind: row.kind, scopes: row.scopes }
  known.set(id, key)
  await touchKey(row.environment_id, parts.db, row.id)
  return key
}
