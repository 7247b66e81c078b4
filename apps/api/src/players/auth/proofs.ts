import { createHash } from 'node:crypto'
import { verifyPassword } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { guessBudgets } from './guess-budgets.js'
import { emailKey } from './identity-keys.js'
import { findPlayerByDevice, findPlayerByEmail } from './store.js'

/** The player of an e-mail and a password, without signing in; counts as a guess. Throws `invalid_credentials`. */
export function provePassword(ctx: Ctx, input: { email: string; password: string }) {
  const environmentId = environmentOf(ctx)
  return countingFailures(ctx.limits, guessBudgets(ctx, environmentId, input.email), async () => {
    const found = await findPlayerByEmail(environmentId, ctx.db, emailKey(input.email))
    const fits = await verifyPassword(found?.password_hash ?? undefined, input.password)
    if (!fits || found === undefined) throw new Problem('invalid_credentials')
    return found.id
  })
}

export const hashDeviceSecret = (secret: string) => createHash('sha256').update(secret).digest()

/** The player of a device, if it has one. */
export const proveDevice = async (ctx: Ctx, secret: string) =>
  (await findPlayerByDevice(environmentOf(ctx), ctx.db, hashDeviceSecret(secret)))?.id
