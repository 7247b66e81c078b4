import type { Db } from '@aethex/shared/db'
import { readSetting } from '../../studio/settings/service.js'
import { enforcement } from './settings.js'
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

/** What the studio wants of players who have not accepted. */
export const enforcementOf = async (environmentId: string, db: Db) =>
  (await readSetting(environmentId, db, enforcement)).mode

export type { AcceptedPolicy } from './schema.js'
