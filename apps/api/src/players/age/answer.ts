import { createHash } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { type AgeResult, isChildAt, isSameResult, judgeAge } from './child-until.js'
import type { AgeAnswer } from './schema.js'
import { ageGate } from './settings.js'
import {
  findAge,
  findAnswers,
  findDevices,
  forgetAge,
  forgetDeviceAnswers,
  keepAge,
  keepAnswers,
  playerExists,
  takeTurnToAnswer,
} from './store.js'

/** For so long an answer cannot be exchanged for another one. */
export const rememberedMs = 86_400_000

/** As the credential of a guest is kept, so that an account and its device are found under one hash. */
const deviceHash = (secret: string) => createHash('sha256').update(secret).digest()

const devicesIn = ({ device_secret }: AgeAnswer) =>
  device_secret === undefined ? [] : [deviceHash(device_secret)]

async function assertSameOnDevices(
  ctx: Ctx,
  tx: Db,
  devices: readonly Buffer[],
  result: AgeResult,
): Promise<void> {
  const since = new Date(ctx.now().getTime() - rememberedMs)
  const earlier = await findAnswers(environmentOf(ctx), tx, devices, since)
  if (!earlier.every(one => isSameResult(one, result))) throw new Problem('age_answered')
}

/**
 * Keeps what came of a player's answer. The same answer again is no error; another one is refused with `age_answered`
 * for a day, on every device of the account, and for good once the account is a child's.
 * `becameChild` says whether this answer made it one.
 */
export async function keepAnswer(ctx: Ctx, tx: Db, playerId: string, answer: AgeAnswer) {
  const environmentId = environmentOf(ctx)
  const now = ctx.now()
  const gate = await readSetting(environmentId, tx, ageGate)
  if (!gate.enabled) throw new Problem('age_not_asked')
  const result = judgeAge(gate, answer, now)
  const known = await findDevices(environmentId, tx, playerId)
  // A guest's device is known by the very secret that it brings.
  const brought = devicesIn(answer).filter(device => !known.some(one => one.equals(device)))
  const devices = [...known, ...brought]
  await takeTurnToAnswer(environmentId, tx, playerId, devices)
  const earlier = await findAge(environmentId, tx, playerId)
  if (earlier !== undefined) {
    if (isSameResult(earlier, result)) return { becameChild: false }
    const isRecent = now.getTime() - earlier.answeredAt.getTime() < rememberedMs
    if (isRecent || isChildAt(earlier, now)) throw new Problem('age_answered')
  }
  await assertSameOnDevices(ctx, tx, devices, result)
  await keepAge(environmentId, tx, playerId, result, now)
  await keepAnswers(environmentId, tx, devices, result, now)
  return { becameChild: isChildAt(result, now) }
}

/**
 * Judges the age that a registration brings, before anything else of it is looked at: of a child nothing is kept but
 * that its device has answered. Undefined where nobody is asked. Throws `age_required`, `age_answered` and
 * `parental_consent_required`.
 */
export async function admitNewcomer(
  ctx: Ctx,
  answer: AgeAnswer | undefined,
): Promise<AgeResult | undefined> {
  const environmentId = environmentOf(ctx)
  const gate = await readSetting(environmentId, ctx.db, ageGate)
  if (!gate.enabled) return undefined
  if (answer === undefined) throw new Problem('age_required')
  const now = ctx.now()
  const result = judgeAge(gate, answer, now)
  const devices = devicesIn(answer)
  await ctx.db.transaction(async tx => {
    await takeTurnToAnswer(environmentId, tx, undefined, devices)
    await assertSameOnDevices(ctx, tx, devices, result)
    await keepAnswers(environmentId, tx, devices, result, now)
  })
  if (isChildAt(result, now)) throw new Problem('parental_consent_required')
  return result
}

/** Lets a player be asked anew: for the support of a studio, when an answer was a slip. */
export async function forgetAnswer(
  ctx: Ctx,
  environmentId: string,
  playerId: string,
): Promise<void> {
  await ctx.db.transaction(async tx => {
    if (!(await playerExists(environmentId, tx, playerId))) throw notFound()
    const devices = await findDevices(environmentId, tx, playerId)
    await takeTurnToAnswer(environmentId, tx, playerId, devices)
    await forgetDeviceAnswers(environmentId, tx, devices)
    await forgetAge(environmentId, tx, playerId)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'age.forget',
      target: playerId,
      requestId: ctx.requestId,
    })
  })
}
