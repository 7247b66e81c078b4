import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { readSetting } from '../../studio/settings/service.js'
import { listMembers, type PartyMemberRow } from './member-store.js'
import { partyLimits } from './settings.js'
import { lockParty, type PartyRow } from './store.js'

export interface HeldParty {
  party: PartyRow
  /** Longest-serving first. */
  members: PartyMemberRow[]
}

/** The party with its members, held until the end of the transaction. Throws `not_found`. */
export async function holdParty(
  environmentId: string,
  tx: Db,
  partyId: string,
): Promise<HeldParty> {
  const party = await lockParty(environmentId, tx, partyId)
  if (party === undefined) throw notFound()
  return { party, members: await listMembers(environmentId, tx, partyId) }
}

export const memberIn = ({ members }: HeldParty, playerId: string) =>
  members.find(member => member.player_id === playerId)

/** As `holdParty`; of a party that the player is not in, nothing is to be seen. */
export async function holdOwnParty(
  environmentId: string,
  tx: Db,
  { partyId, playerId }: { partyId: string; playerId: string },
): Promise<HeldParty & { own: PartyMemberRow }> {
  const held = await holdParty(environmentId, tx, partyId)
  const own = memberIn(held, playerId)
  if (own === undefined) throw notFound()
  return { ...held, own }
}

export function assertLeads({ party }: HeldParty, playerId: string): void {
  if (party.leader_id !== playerId) throw new Problem('forbidden')
}

/** The size that was wished for, or the largest. Throws `invalid_request` for more than the studio allows. */
export async function allowedSize(
  environmentId: string,
  db: Db,
  wished: number | undefined,
): Promise<number> {
  const { max_size: most } = await readSetting(environmentId, db, partyLimits)
  if (wished === undefined || wished <= most) return wished ?? most
  const reason = `is more than ${most}`
  throw new Problem('invalid_request', {
    detail: `/max_size: ${reason}`,
    errors: [{ pointer: '/max_size', reason }],
  })
}
