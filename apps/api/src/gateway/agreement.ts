import { assertPoliciesAccepted } from '../players/policies/service.js'
import type { Parts } from './context.js'

// What a player needs to sign in and out, to read and accept the policies, and to decide about their own data.
const openTo = ['/api/v1/auth/', '/api/v1/policies', '/api/v1/privacy/', '/api/v1/age/']

/**
 * Keeps a player who has not accepted the policies out of everything else, where the studio requires that. A new
 * version is noticed by every process within a second. Throws `policy_acceptance_required`.
 */
export async function assertAgreed(
  parts: Pick<Parts, 'db' | 'now'>,
  player: { environmentId: string; playerId: string },
  path: string,
): Promise<void> {
  if (!openTo.some(open => path.startsWith(open))) await assertPoliciesAccepted(parts, player)
}
