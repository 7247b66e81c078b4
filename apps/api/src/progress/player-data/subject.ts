import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import type { Side } from './access.js'
import { findStanding } from './store.js'

export interface Subject {
  playerId: string
  side: Side
}

/** Whose documents are meant, and which side of them the caller is on. */
export function subjectOf(ctx: Ctx, userId: string): Subject {
  if (ctx.actor.kind === 'player') {
    const { playerId } = ctx.actor
    const isOwner = userId === 'me' || userId === playerId
    return isOwner ? { playerId, side: 'owner' } : { playerId: userId, side: 'other' }
  }
  if (userId === 'me') {
    throw new Problem('invalid_request', {
      detail: '`me` needs a signed-in player; name the player’s id.',
    })
  }
  return { playerId: userId, side: 'server' }
}

/** The same, of a player who is there: 404 for an id of nobody, and for others when the account is closed. */
export async function presentSubject(ctx: Ctx, userId: string): Promise<Subject> {
  const subject = subjectOf(ctx, userId)
  if (subject.side === 'owner') return subject
  const isOpen = await findStanding(environmentOf(ctx), ctx.db, subject.playerId)
  if (isOpen === undefined || (!isOpen && subject.side === 'other')) throw notFound()
  return subject
}

/** The same for a writer: what belongs to another player is not there. */
export function writerOf(ctx: Ctx, userId: string): Subject {
  const subject = subjectOf(ctx, userId)
  if (subject.side === 'other') throw notFound()
  return subject
}
