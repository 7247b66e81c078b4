import { publishNews } from '@aethex/shared/bus'
import type { Ctx } from '../../gateway/context.js'

/**
 * After the commit: sockets that are open follow what the player may do from now on. With Redis out they follow with
 * their next ticket.
 */
export function tellPermissions(
  ctx: Ctx,
  environmentId: string,
  playerId: string,
  { permissions: { chat, voice } }: { permissions: { chat: boolean; voice: boolean } },
): void {
  publishNews(ctx.redis, ctx.log, {
    topic: 'permissions.changed',
    payload: {
      environment_id: environmentId,
      player_id: playerId,
      permissions: { chat, voice },
    },
  })
}
