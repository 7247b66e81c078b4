import { type GroupChange, publishNews } from '@aethex/shared/bus'
import { type Db, once } from '@aethex/shared/db'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { memberIds, officerIds } from './member-store.js'
import type { GroupRow } from './store.js'

/** What is to be told once it is committed, and whom. */
export interface Tidings {
  to: readonly string[]
  group: GroupChange
}

/** What happened in a group: to itself, or to a player, who is `role` there from now on. */
export const happened = (
  group: Pick<GroupRow, 'id' | 'name'>,
  change: GroupChange['change'],
  player: GroupChange['player'] = null,
  role: GroupChange['role'] = null,
): GroupChange => ({
  group_id: group.id,
  name: group.name,
  change,
  player: player && { player_id: player.player_id, username: player.username },
  role,
})

/** In a larger group the members are not told of each other's coming and going; they read the list when they show it. */
const mostTold = 100

/** The members of a group that is small enough, and whoever else it is about. */
export async function everybodyIn(
  environmentId: string,
  tx: Db,
  groupId: string,
  ...others: string[]
): Promise<string[]> {
  const ids = await memberIds(environmentId, tx, groupId, mostTold + 1)
  return [...new Set([...(ids.length > mostTold ? [] : ids), ...others])]
}

/** Those who decide about requests. */
export const decidersIn = (environmentId: string, tx: Db, groupId: string): Promise<string[]> =>
  officerIds(environmentId, tx, groupId, mostTold)

export function tell(ctx: Ctx, tidings: readonly Tidings[]): void {
  const environment_id = environmentOf(ctx)
  for (const { to, group } of tidings) {
    for (const player_id of to) {
      publishNews(ctx.redis, ctx.log, {
        topic: 'group.updated',
        payload: { environment_id, player_id, group },
      })
    }
  }
}

/** Changes a group once per Idempotency-Key, and tells of it when it is committed. */
export async function changing<T>(
  ctx: Ctx,
  work: (tx: Db, tidings: Tidings[]) => Promise<T>,
): Promise<T> {
  let tidings: Tidings[] = []
  const answer = await once(ctx.db, ctx.idempotency, db =>
    db.transaction(tx => {
      // A transaction that lost a race runs again.
      tidings = []
      return work(tx, tidings)
    }),
  )
  tell(ctx, tidings)
  return answer
}
