import { publishNews } from '@aethex/shared/bus'
import { type Db, once } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Logger } from '@aethex/shared/log'
import type { PartyInvitationShape, PartySeat } from '@aethex/shared/parties'
import { type Ctx, environmentOf, type Parts } from '../../gateway/context.js'
import { mirrorLeft, mirrorParty } from './mirror-store.js'
import { type WholeParty, wholeParty } from './view.js'

/** What a change leaves to be told once it is committed. */
export interface Effects {
  /** The party as it is now, for all its members. */
  whole?: WholeParty | undefined
  left: { seat: PartySeat; party_id: string; reason: 'left' | 'kicked' | 'ended' }[]
  invited: { player_id: string; invitation: PartyInvitationShape }[]
  uninvited: { player_id: string; invitation_id: string }[]
}

export const noEffects = (): Effects => ({ left: [], invited: [], uninvited: [] })

/** Shows the relays what has changed. With Redis out it shows nothing: a copy that is missing is written again when read. */
export async function mirror(
  { redis }: Pick<Parts, 'redis'>,
  environmentId: string,
  { whole, left }: Effects,
): Promise<void> {
  const seats = left.map(({ seat }) => seat)
  try {
    await mirrorLeft(redis, environmentId, seats)
    if (whole !== undefined) await mirrorParty(redis, environmentId, whole)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** Tells everybody concerned, and the relays by the mirror. Neither fails: with Redis out, nobody hears. */
export async function tell(
  { redis, log }: Pick<Parts, 'redis'> & { log: Logger },
  environment_id: string,
  effects: Effects,
): Promise<void> {
  // First: whoever acts upon the news may need it.
  await mirror({ redis }, environment_id, effects)
  const { whole, left, invited, uninvited } = effects
  for (const { seat, party_id, reason } of left) {
    const payload = { environment_id, player_id: seat.player_id, party_id, reason }
    publishNews(redis, log, { topic: 'party.left', payload })
  }
  for (const { player_id } of whole?.seats ?? []) {
    if (whole === undefined) break
    const payload = { environment_id, player_id, party: whole.party }
    publishNews(redis, log, { topic: 'party.updated', payload })
  }
  for (const told of invited) {
    publishNews(redis, log, { topic: 'party.invited', payload: { environment_id, ...told } })
  }
  for (const told of uninvited) {
    publishNews(redis, log, { topic: 'party.uninvited', payload: { environment_id, ...told } })
  }
}

/** Changes a party once per Idempotency-Key, and tells of it when it is committed. */
export async function changing<T>(
  ctx: Ctx,
  work: (tx: Db, effects: Effects) => Promise<T>,
): Promise<T> {
  let effects = noEffects()
  const answer = await once(ctx.db, ctx.idempotency, db =>
    db.transaction(tx => {
      // A transaction that lost a race runs again.
      effects = noEffects()
      return work(tx, effects)
    }),
  )
  await tell(ctx, environmentOf(ctx), effects)
  return answer
}

/** The party as the change leaves it, to be told to its members. */
export async function resulting(
  ctx: Pick<Ctx, 'now'>,
  environmentId: string,
  tx: Db,
  partyId: string,
  effects: Effects,
) {
  effects.whole = await wholeParty(environmentId, tx, partyId, ctx.now())
  if (effects.whole === undefined) throw new Error('the party is gone')
  return { party: effects.whole.party }
}
