import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { assertionOptions, toPasskey } from '@aethex/shared/second-factor'
import { auditActorOf, type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { assertFreshProof, assertWayInLeft, findPlayer, signIn } from '../auth/service.js'
import { provePasskey } from './prove.js'
import { ceremonyOf } from './relying-party.js'
import type { Assertion } from './schema.js'
import { passkeys } from './store.js'

export { tellOwner } from './notices.js'
export { provePasskey } from './prove.js'
export { offerPasskey, registerPasskey } from './register.js'
export { gameNameOf } from './relying-party.js'

const ownerOf = (ctx: Ctx) => {
  const { environmentId, playerId } = playerOf(ctx)
  return [environmentId, playerId]
}

/** Options for showing a passkey: to sign in, as a second factor, or to prove anew who one is. */
export async function askForPasskey(ctx: Ctx) {
  return { options: await assertionOptions(await ceremonyOf(ctx, environmentOf(ctx))) }
}

/**
 * Signs in the player whose passkey it is. Throws `invalid_credentials`. Without a PIN, a finger or a face it is one
 * factor only, and `second_factor_required` may follow.
 */
export async function loginWithPasskey(ctx: Ctx, assertion: Assertion) {
  const shown = await provePasskey(ctx, assertion)
  const player = shown && (await findPlayer(environmentOf(ctx), ctx.db, shown.playerId))
  if (shown === undefined || player === undefined) throw new Problem('invalid_credentials')
  const proof = shown.userVerified
    ? { method: 'passkey', secondFactorAt: ctx.now() }
    : { method: 'passkey' }
  return signIn(ctx, ctx.db, player, proof)
}

/** The caller's passkeys, oldest first: there are never more than one page of them. */
export async function listPasskeys(ctx: Ctx) {
  const rows = await passkeys.list(ownerOf(ctx), ctx.db)
  return { items: rows.map(toPasskey), next_cursor: null }
}

export async function renamePasskey(ctx: Ctx, passkeyId: string, name: string) {
  const row = await ctx.db.transaction(tx => passkeys.rename(ownerOf(ctx), tx, passkeyId, name))
  if (row === undefined) throw notFound()
  return { passkey: toPasskey(row) }
}

/** Throws `reauthentication_required`, and `last_way_in` when nothing else signs the player in. */
export async function removePasskey(ctx: Ctx, passkeyId: string): Promise<void> {
  await assertFreshProof(ctx)
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.db.transaction(async tx => {
    if (!(await passkeys.remove([environmentId, playerId], tx, passkeyId))) throw notFound()
    await assertWayInLeft(environmentId, tx, playerId)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'passkeys.remove',
      target: passkeyId,
      requestId: ctx.requestId,
    })
  })
}
