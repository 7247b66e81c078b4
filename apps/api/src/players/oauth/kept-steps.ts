import { mintNonce, redeemNonce, registerNonce } from '@aethex/shared/nonces'
import { z } from 'zod'
import type { Parts } from '../../gateway/context.js'

/** The steps of a sign-in that must not be taken twice: set out, come back with the state, trade the code. */
type Step = 'oauth-flow' | 'oauth-state' | 'oauth-code'

// Addresses and verifiers lie in Redis for minutes; whoever reads its memory shall find nothing.
const purposeOf = (step: Step) => `sign-in step ${step}`

/** Keeps what belongs to a step under a secret name, sealed. Fails closed without Redis. */
export async function keepStep(
  { redis, vault }: Parts,
  step: Step,
  name: string,
  value: unknown,
  ttlSeconds: number,
): Promise<void> {
  const sealed = vault.seal(purposeOf(step), JSON.stringify(value)).toString('base64')
  await registerNonce(redis, step, name, sealed, ttlSeconds)
}

/** Takes a step: of any number of callers exactly one gets what was kept. */
export async function takeStep<S extends z.ZodType>(
  { redis, vault }: Parts,
  step: Step,
  name: string,
  shape: S,
): Promise<z.output<S> | undefined> {
  const sealed = z
    .string()
    .optional()
    .parse(await redeemNonce(redis, step, name))
  if (sealed === undefined) return undefined
  return shape.parse(JSON.parse(vault.unseal(purposeOf(step), Buffer.from(sealed, 'base64'))))
}

export { mintNonce as mintStepName }
