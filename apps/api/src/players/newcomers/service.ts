import type { Db } from '@aethex/shared/db'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { type AgeAnswer, type AgeResult, admitNewcomer, keepAge } from '../age/service.js'
import {
  type AcceptanceProof,
  type AcceptedPolicy,
  judgeAcceptances,
  keepAcceptances,
} from '../policies/service.js'
import { addWaiting, takeWaiting } from './store.js'

export { forgetWaitingBefore } from './store.js'

/** What somebody who registers has said of their age, and accepts. */
export interface Newcomer {
  age: AgeResult | undefined
  acceptances: readonly AcceptanceProof[]
  at: Date
}

/**
 * Judges what a registration brings beside the account, before anything of it is looked at or kept. Throws
 * `age_required`, `age_answered`, `parental_consent_required`, `policy_outdated`, `policy_acceptance_required`.
 */
export async function judgeNewcomer(
  ctx: Ctx,
  input: { age?: AgeAnswer | undefined; policies?: readonly AcceptedPolicy[] | undefined },
): Promise<Newcomer> {
  const age = await admitNewcomer(ctx, input.age)
  const acceptances = await judgeAcceptances(ctx, input.policies ?? [])
  return { age, acceptances, at: ctx.now() }
}

/** Keeps it, in the transaction that makes the account. */
export async function keepNewcomer(
  environmentId: string,
  tx: Db,
  playerId: string,
  { age, acceptances, at }: Newcomer,
): Promise<void> {
  if (age !== undefined) await keepAge(environmentId, tx, playerId, age, at)
  await keepAcceptances(environmentId, tx, playerId, acceptances)
}

const Waiting = z.object({
  age: z.object({ country: z.string(), childUntil: z.coerce.date().nullable() }).optional(),
  acceptances: z.array(
    z.object({
      kind: z.string(),
      version: z.int(),
      locale: z.string(),
      content_hash: z.string().transform(hex => Buffer.from(hex, 'hex')),
      accepted_at: z.coerce.date(),
      network: z.string().nullable(),
      device_name: z.string().nullable(),
    }),
  ),
  at: z.coerce.date(),
})

/** Keeps it until the account is made: `codeHash` is that of the code which the letter to the newcomer carries. */
export const letNewcomerWait = (ctx: Ctx, tx: Db, codeHash: Buffer, newcomer: Newcomer) =>
  addWaiting(environmentOf(ctx), tx, codeHash, {
    ...newcomer,
    acceptances: newcomer.acceptances.map(proof => ({
      ...proof,
      content_hash: proof.content_hash.toString('hex'),
    })),
  })

/** The code has come back: keeps what waited for it, in the transaction that makes the account. */
export async function keepWaitingNewcomer(
  environmentId: string,
  tx: Db,
  playerId: string,
  codeHash: Buffer,
): Promise<void> {
  const waiting = await takeWaiting(environmentId, tx, codeHash)
  if (waiting === undefined) return
  const { age, acceptances, at } = Waiting.parse(waiting)
  await keepNewcomer(environmentId, tx, playerId, { age, acceptances, at })
}
