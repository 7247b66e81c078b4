import { notFound, Problem } from '@aethex/shared/errors'
import type { Ctx } from '../../gateway/context.js'

/** Whose saves are meant. A player reaches only their own; the studio's server reaches every player's. */
export function ownerOf(ctx: Ctx, userId: string): string {
  if (ctx.actor.kind === 'player') {
    if (userId !== 'me' && userId !== ctx.actor.playerId) throw notFound()
    return ctx.actor.playerId
  }
  if (userId === 'me') {
    throw new Problem('invalid_request', {
      detail: '`me` needs a signed-in player; name the player’s id.',
    })
  }
  return userId
}
