import type { Ctx } from '../../gateway/context.js'
import { environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import type { ConflictStrategy, MergeRules } from './conflict-shapes.js'
import { saveConflicts } from './settings.js'

/** Whether a name is that of the pattern, in which up to two `*` stand for any run of characters. */
export function fits(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return name === start
  if (name.length < start.length + end.length) return false
  const between = name.slice(start.length, name.length - end.length)
  return name.startsWith(start) && name.endsWith(end) && rest.every(part => between.includes(part))
}

/** What the studio has declared for a slot. */
export async function rulesFor(
  ctx: Ctx,
  saveId: string,
): Promise<{ strategy: ConflictStrategy; rules: MergeRules }> {
  const all = await readSetting(environmentOf(ctx), ctx.db, saveConflicts)
  const own = all.slots.find(({ slot }) => fits(slot, saveId))
  return { strategy: own?.strategy ?? all.strategy, rules: own?.rules ?? all.rules }
}
