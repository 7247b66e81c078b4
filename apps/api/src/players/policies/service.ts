import type { Db } from '@aethex/shared/db'
import { listAcceptanceProofs } from './store.js'

export {
  type AcceptanceProof,
  acceptPolicies,
  judgeAcceptances,
  keepAcceptances,
  listPending,
} from './accept.js'
export { assertPoliciesAccepted, type PoliciesInForce, policiesInForce } from './in-force.js'
export { listPolicies, listPublished, policiesFor, publishPolicy, readPolicy } from './publish.js'

/** What the player accepted, when, and from where: what a studio can show when it is asked. */
export async function acceptanceProofs(environmentId: string, db: Db, playerId: string) {
  const rows = await listAcceptanceProofs(environmentId, db, playerId)
  return rows.map(({ content_hash, accepted_at, ...row }) => ({
    ...row,
    hash: content_hash.toString('hex'),
    accepted_at: accepted_at.toISOString(),
  }))
}

export type { AcceptedPolicy } from './schema.js'
