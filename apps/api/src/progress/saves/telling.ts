import { publishNews } from '@aethex/shared/bus'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { hearsOf } from '../../studio/webhooks/service.js'
import type { VersionRow } from './store.js'

/**
 * Whether an endpoint of the environment has asked for `save.written`. Saves are the hottest write: only with a
 * listener is a player's own in a transaction, together with the event. Known for a second per process.
 */
export const hearsOfSaves = (ctx: Ctx): Promise<boolean> =>
  hearsOf(ctx, environmentOf(ctx), 'save.written')

type Written = Pick<VersionRow, 'save_id' | 'version' | 'hash' | 'device' | 'deleted'>

/** Tells the player's sockets of a version that is committed. Neither waits nor fails; with Redis out nobody hears. */
export function pushSave(ctx: Ctx, playerId: string, { hash, ...written }: Written): void {
  const { save_id, version, device, deleted } = written
  publishNews(ctx.redis, ctx.log, {
    topic: 'save.written',
    payload: {
      environment_id: environmentOf(ctx),
      player_id: playerId,
      save_id,
      version,
      hash: hash?.toString('hex') ?? null,
      device,
      deleted,
    },
  })
}
