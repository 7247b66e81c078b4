import type { Ctx } from '../../gateway/context.js'
import { environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import type { ConflictStrategy, MergeRules } from './conflict-shapes.js'
import { saveConflicts } from './settings.js'

const fits = (pattern: string, saveId: string) =>
  new RegExp(`^${pattern.split('*').join('.*')}$`).test(saveId)

/** What the studio has declared for a slot. */
export async function rulesFor(
  ctx: Ctx,
  saveId: string,
): Promise<{ strategy: ConflictStrategy; rules: MergeRules }> {
  const all = await readSetting(environmentOf(ctx), ctx.db, saveConflicts)
  const own = all.slots.find(({ slot }) => fits(slot, saveId))
  return { strategy: own?.strategy ?? all.strategy, rules: own?.rules ?? all.rules }
}
