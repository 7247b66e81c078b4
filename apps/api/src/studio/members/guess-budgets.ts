import { createHash } from 'node:crypto'
import { addressClaims, type Claim } from '@aethex/shared/limits'
import type { Ctx } from '../../gateway/context.js'

const perAccount = { name: 'studio-login-account', quota: 10, windowSeconds: 900 }
const perAddress = { name: 'studio-login-address', quota: 50, windowSeconds: 600 }

/** What wrong passwords for one account use up, wherever they are tried. */
export function guessBudgets(ctx: Ctx, emailKey: string): Claim[] {
  const account = createHash('sha256').update(emailKey).digest('base64url')
  return [[perAccount, account], ...addressClaims(perAddress, ctx.address)]
}
