import type { Ctx } from '../../gateway/context.js'
import { environmentOf } from '../../gateway/context.js'
import { gateOf } from './standing.js'

export {
  admitNewcomer,
  forgetAnswer,
  keepAnswer,
  rememberedMs,
} from './answer.js'
export { assertMayShareIdentity, type Standing, standingOf, standingsOf } from './standing.js'
export { forgetAnswersBefore, keepAge, keepParentGrants, playerExists } from './store.js'

/** What the game has to ask. It says nothing of the age that would do. */
export async function describeGate(ctx: Ctx, country: string | undefined) {
  const { enabled, ask } = await gateOf(ctx, environmentOf(ctx))
  return { enabled, ask, country: country ?? null }
}

export type { AgeResult } from './child-until.js'
export type { AgeAnswer } from './schema.js'
