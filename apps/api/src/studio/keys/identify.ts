import { apiKeyKind, hashApiKey } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { type KeyScope, originRule } from '@aethex/shared/http'
import { LRUCache } from 'lru-cache'
import type { Parts } from '../../gateway/context.js'
import { isPageKey, readPageKey } from '../../gateway/page-keys.js'
import { environmentIsOpen, findLiveKey, type KeyRow, touchKey } from './store.js'

export interface IdentifiedKey {
  id: string
  environmentId: string
  kind: 'publishable' | 'secret'
  name: string
  scopes: readonly KeyScope[]
  /** Whether pages of an origin may use it; the platform's own list decides beside it. */
  allowsOrigin(origin: string): boolean
}

interface Remembered {
  key: IdentifiedKey
  edition: string
  expiresAt: number
}

/** One state of a key: what was remembered of an earlier one is revoked by this name. */
export const editionOf = ({ id, revision }: Pick<KeyRow, 'id' | 'revision'>) => `${id}/${revision}`

// Remembered for half a minute at most, and never past a revocation, a change or the expiry:
// the first two are in the watch that is asked at every use, the last in the entry itself.
const known = new LRUCache<string, Remembered>({ max: 10_000, ttl: 30_000 })

const isOver = ({ now, revocations }: Parts, { key, edition, expiresAt }: Remembered) =>
  expiresAt <= now().getTime() || revocations.isRevoked(key.id) || revocations.isRevoked(edition)

const anyOrigin = () => true

const toRemember = (row: KeyRow): Remembered => ({
  key: {
    id: row.id,
    environmentId: row.environment_id,
    kind: row.kind,
    name: row.name,
    scopes: row.scopes,
    allowsOrigin: row.allowed_origins.length === 0 ? anyOrigin : originRule(row.allowed_origins),
  },
  edition: editionOf(row),
  expiresAt: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
})

const open = new LRUCache<string, true>({ max: 10_000, ttl: 30_000 })

/** Throws `credential_invalid` for an environment that was deleted, within a second of that. */
async function assertOpen({ db, revocations }: Parts, environmentId: string): Promise<void> {
  const isRemembered = revocations.isFresh() && open.has(environmentId)
  if (isRemembered && !revocations.isRevoked(environmentId)) return
  if (!(await environmentIsOpen(environmentId, db))) throw new Problem('credential_invalid')
  open.set(environmentId, true)
}

/** A page of ours stands for the environment that it was made for, at its own origin and nowhere else. */
async function ofHostedPage(parts: Parts, pageKey: string): Promise<IdentifiedKey> {
  const { vault, now, publicUrl } = parts
  const environmentId = readPageKey(vault, pageKey, now())
  if (environmentId === undefined) throw new Problem('credential_invalid')
  await assertOpen(parts, environmentId)
  const ours = new URL(publicUrl).origin
  const allowsOrigin = (origin: string) => origin === ours
  return {
    id: environmentId,
    environmentId,
    kind: 'publishable',
    name: 'hosted page',
    scopes: [],
    allowsOrigin,
  }
}

/** Whose key this is. Throws `credential_invalid` for one that is malformed, unknown, expired or revoked. */
export async function identifyKey(parts: Parts, apiKey: string): Promise<IdentifiedKey> {
  if (isPageKey(apiKey)) return ofHostedPage(parts, apiKey)
  if (apiKeyKind(apiKey) === undefined) throw new Problem('credential_invalid')
  const hash = hashApiKey(apiKey)
  const id = hash.toString('base64')
  const remembered = parts.revocations.isFresh() ? known.get(id) : undefined
  if (remembered !== undefined && !isOver(parts, remembered)) return remembered.key
  const row = await findLiveKey(hash, parts.db)
  if (row === undefined) throw new Problem('credential_invalid')
  const found = toRemember(row)
  if (found.expiresAt <= parts.now().getTime()) throw new Problem('credential_invalid')
  known.set(id, found)
  await touchKey(row.environment_id, parts.db, row.id)
  return found.key
}
