import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { assertMayShareIdentity } from '../../players/age/service.js'
import { readSetting } from '../../studio/settings/service.js'
import { admitWords } from '../speech/service.js'
import { addLeader, countSeats, takeTurn } from './member-store.js'
import { asNameTaken, keptName } from './names.js'
import type { GroupChanges, NewGroup } from './schema.js'
import { groupLimits } from './settings.js'
import { assertStands, holdGroup, toGroup } from './standing.js'
import { addGroup, changeGroup, removeGroup } from './store.js'
import { changing, everybodyIn, happened } from './telling.js'

function assertSize(size: number, most: number): void {
  if (size <= most) return
  const reason = `is more than ${most}`
  throw new Problem('invalid_request', {
    detail: `/max_members: ${reason}`,
    errors: [{ pointer: '/max_members', reason }],
  })
}

/** Of one player: those who found and end groups all day take names from others. */
const founding = { name: 'group-foundings-made', quota: 60, windowSeconds: 600 }

/** Makes a group that the player leads. Throws `name_taken`, `limit_reached` for who belongs to too many. */
export async function createGroup(ctx: Ctx, wish: z.output<typeof NewGroup>) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertMayShareIdentity(ctx, environmentId, playerId)
  await ctx.limits.take(founding, `${environmentId} ${playerId}`)
  const limits = await readSetting(environmentId, ctx.db, groupLimits)
  const maxMembers = wish.max_members ?? limits.max_members
  assertSize(maxMembers, limits.max_members)
  const description = await admitWords(ctx, environmentId, playerId, wish.description)
  return changing(ctx, async tx => {
    const name = await keptName(environmentId, tx, wish.name)
    await takeTurn(environmentId, tx, playerId)
    const allowed = limits.groups_per_player
    if ((await countSeats(environmentId, tx, playerId)) >= allowed) {
      throw new Problem('limit_reached', { extensions: { allowed } })
    }
    const { world, admission } = wish
    const fresh = {
      id: uuidv7(),
      description,
      world,
      admission,
      leader_id: playerId,
      max_members: maxMembers,
      created_at: ctx.now(),
    }
    const row = await addGroup(environmentId, tx, fresh, name).catch(error => {
      throw asNameTaken(error)
    })
    await addLeader(environmentId, tx, row.id, playerId)
    return { group: toGroup(row) }
  })
}

/** Changes what is given; with `version`, only if the group is still at it (`version_mismatch`). The leader alone may. */
export async function updateGroup(
  ctx: Ctx,
  groupId: string,
  changes: z.output<typeof GroupChanges>,
  version: number | undefined,
) {
  const { environmentId, playerId } = playerOf(ctx)
  if (changes.name !== undefined || changes.description !== undefined) {
    await assertMayShareIdentity(ctx, environmentId, playerId)
  }
  const description =
    changes.description === undefined
      ? undefined
      : await admitWords(ctx, environmentId, playerId, changes.description)
  return changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'leader')
    if (version !== undefined && version !== group.version) throw new Problem('version_mismatch')
    if (changes.max_members !== undefined) {
      const { max_members } = await readSetting(environmentId, tx, groupLimits)
      assertSize(changes.max_members, max_members)
      if (changes.max_members < group.member_count) {
        throw new Problem('group_full', { extensions: { member_count: group.member_count } })
      }
    }
    const name =
      changes.name === undefined ? undefined : await keptName(environmentId, tx, changes.name)
    const row = await changeGroup(environmentId, tx, groupId, {
      ...changes,
      name,
      description,
    }).catch(error => {
      throw asNameTaken(error)
    })
    if (row === undefined) throw new Problem('not_found')
    const to = await everybodyIn(environmentId, tx, groupId)
    tidings.push({ to, group: happened(row, 'updated') })
    return { group: toGroup(row), version: row.version }
  })
}

/** Ends the group for all. The leader alone may. */
export async function deleteGroup(ctx: Ctx, groupId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'leader')
    const to = await everybodyIn(environmentId, tx, groupId)
    await removeGroup(environmentId, tx, groupId)
    tidings.push({ to, group: happened(group, 'deleted') })
  })
}
