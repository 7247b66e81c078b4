import { Problem } from '@aethex/shared/errors'
import type { Moderator } from '@aethex/shared/tickets'
import type { Parts } from '../../gateway/context.js'
import { keyHolds } from '../../studio/keys/service.js'
import { assertLiveMemberSession } from '../../studio/members/service.js'
import { admitMember } from '../../studio/organizations/service.js'

/** What moderators need, on their routes and for as long as a socket of theirs is open. */
export const moderatorScope = 'chat:moderate'

async function assertMember(
  parts: Parts,
  environmentId: string,
  { member_id, session_id }: Extract<Moderator, { kind: 'member' }>,
): Promise<void> {
  await assertLiveMemberSession(parts, session_id)
  const member = { memberId: member_id, sessionId: session_id }
  await admitMember(parts, member, { environment_id: environmentId }, moderatorScope)
}

/** Whether a moderator would get a ticket now, by the database and nothing that is remembered. */
export async function mayModerate(
  parts: Parts,
  environmentId: string,
  who: Moderator,
): Promise<boolean> {
  if (who.kind === 'server') return keyHolds(parts, environmentId, who.key_id, moderatorScope)
  try {
    await assertMember(parts, environmentId, who)
    return true
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return false
    throw error
  }
}
