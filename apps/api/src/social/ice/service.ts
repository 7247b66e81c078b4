import { type Ctx, playerOf } from '../../gateway/context.js'
import { permissionsOf } from '../../players/privacy/service.js'
import { readSetting } from '../../studio/settings/service.js'
import { peerSetting } from './settings.js'

export { openIce } from './coturn.js'

// A game asks once an hour, and again when the network has changed.
const perPlayer = { name: 'ice-servers', quota: 60, windowSeconds: 600 }

/** Whether others may see the player's network address, as the studio has set it. */
async function mayShowAddress(ctx: Ctx, environmentId: string, playerId: string): Promise<boolean> {
  const { direct } = await readSetting(environmentId, ctx.db, peerSetting)
  if (direct !== 'no_children') return direct === 'everyone'
  const { is_child, age_required } = await permissionsOf(ctx, environmentId, playerId)
  return !is_child && !age_required
}

/** Servers that help this session's player to reach others, with credentials for at most an hour. */
export async function listIceServers(ctx: Ctx) {
  const { environmentId, playerId, sessionId } = playerOf(ctx)
  await ctx.limits.take(perPlayer, `${environmentId} ${playerId}`)
  const user = { environmentId, playerId, sessionId }
  const [isOpen, { servers, expiresAt }] = await Promise.all([
    mayShowAddress(ctx, environmentId, playerId),
    ctx.ice.serversFor(user, ctx.now()),
  ])
  return {
    ice_servers: servers,
    transport_policy: isOpen ? ('all' as const) : ('relay' as const),
    expires_at: expiresAt.toISOString(),
  }
}
