import { audit } from '@aethex/shared/audit'
import { notFound } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { asNameTaken, keptName } from './names.js'
import { holdGroup, toGroup } from './standing.js'
import { changeGroup, findGroup, removeGroup } from './store.js'
import { changing, everybodyIn, happened } from './telling.js'

/** A group as the studio sees it. */
export async function readAnyGroup(ctx: Ctx, groupId: string) {
  const row = await findGroup(environmentOf(ctx), ctx.db, groupId)
  if (row === undefined) throw notFound()
  return { group: toGroup(row) }
}

/** Gives a group another name or description, for a reason. Throws `name_taken`. */
export async function moderateGroup(
  ctx: Ctx,
  groupId: string,
  {
    name,
    description,
    reason,
  }: { name?: string | undefined; description?: string | undefined; reason: string },
) {
  const environmentId = environmentOf(ctx)
  return changing(ctx, async (tx, tidings) => {
    const before = await holdGroup(environmentId, tx, groupId)
    const kept = name === undefined ? undefined : await keptName(environmentId, tx, name)
    const patch = { name: kept, description }
    const row = await changeGroup(environmentId, tx, groupId, patch).catch(error => {
      throw asNameTaken(error)
    })
    if (row === undefined) throw notFound()
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'groups.moderate',
      target: groupId,
      details: { reason, name_before: before.name, name: row.name },
      requestId: ctx.requestId,
    })
    const to = await everybodyIn(environmentId, tx, groupId)
    tidings.push({ to, group: happened(row, 'updated') })
    return { group: toGroup(row) }
  })
}

/** Ends a group, for a reason. */
export async function removeAnyGroup(ctx: Ctx, groupId: string, reason: string): Promise<void> {
  const environmentId = environmentOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    const to = await everybodyIn(environmentId, tx, groupId)
    await removeGroup(environmentId, tx, groupId)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'groups.remove',
      target: groupId,
      details: { reason, name: group.name },
      requestId: ctx.requestId,
    })
    tidings.push({ to, group: happened(group, 'deleted') })
  })
}
