import type { Ctx } from '../../gateway/context.js'
import { asStep, assertNotNewer, failed, requirePath } from './path.js'
import { listSteps, markApplied, type StepRow } from './store.js'

const isNew = ({ applied_at }: StepRow) => applied_at === null

/**
 * A document of format `from`, brought to format `to` by the steps of its environment; nothing is stored. Throws
 * `save_format_newer` when it is of a later format already, `save_format_unknown` when a step is missing,
 * `save_format_failed` when one fails, and `busy` when too much waits for the sandbox.
 */
export async function bringTo(
  ctx: Pick<Ctx, 'db' | 'formatSandbox' | 'now'>,
  environmentId: string,
  data: unknown,
  from: number,
  to: number,
): Promise<unknown> {
  assertNotNewer(from, to)
  if (from === to) return data
  const path = requirePath(await listSteps(environmentId, ctx.db, from, to), from, to)
  const text = JSON.stringify(data)
  const migrated = await ctx.formatSandbox.migrate(environmentId, path.map(asStep), text)
  if (!migrated.ok) throw failed(migrated.failure)
  // From now on there may be devices with saves that these revisions have made.
  if (path.some(isNew)) await markApplied(environmentId, ctx.db, path.filter(isNew), ctx.now())
  return JSON.parse(migrated.text)
}
