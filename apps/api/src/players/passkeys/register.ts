import { audit } from '@aethex/shared/audit'
import { violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { registrationOptions, toPasskey, verifyRegistration } from '@aethex/shared/second-factor'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { auditActorOf, type Ctx, playerOf } from '../../gateway/context.js'
import { assertFreshProof, findPlayer } from '../auth/service.js'
import { tellOwner } from './notices.js'
import { ceremonyOf } from './relying-party.js'
import type { NewCredential } from './schema.js'
import { passkeys } from './store.js'

const mostPerPlayer = 20

/** Options for a new passkey of the caller. Throws `reauthentication_required` and `too_many_passkeys`. */
export async function offerPasskey(ctx: Ctx) {
  await assertFreshProof(ctx)
  const { environmentId, playerId } = playerOf(ctx)
  const owner = [environmentId, playerId]
  const held = await passkeys.list(owner, ctx.db)
  if (held.length >= mostPerPlayer) throw new Problem('too_many_passkeys')
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  const options = await registrationOptions(await ceremonyOf(ctx, environmentId), {
    owner,
    name: player.email ?? player.username,
    credentialIds: held.map(({ credential_id }) => credential_id),
  })
  return { options }
}

/**
 * Keeps the passkey that a browser made for these options: they are the caller's alone, and good once.
 * Throws `passkey_invalid`, `passkey_exists`, and `too_many_passkeys` for options that were drawn in advance.
 */
export async function registerPasskey(
  ctx: Ctx,
  credential: z.output<typeof NewCredential>,
  name: string,
) {
  const { environmentId, playerId } = playerOf(ctx)
  const owner = [environmentId, playerId]
  const made = await verifyRegistration(await ceremonyOf(ctx, environmentId), owner, credential)
  try {
    return await ctx.db.transaction(async tx => {
      const held = await passkeys.list(owner, tx)
      if (held.length >= mostPerPlayer) throw new Problem('too_many_passkeys')
      const row = await passkeys.add(owner, tx, { id: uuidv7(), name, ...made })
      await audit(tx, {
        environmentId,
        actor: auditActorOf(ctx),
        action: 'passkeys.register',
        target: row.id,
        requestId: ctx.requestId,
      })
      await tellOwner(ctx, tx, 'passkey_added')
      return { passkey: toPasskey(row) }
    })
  } catch (error) {
    const isTaken = violatedConstraint(error) === 'player_passkey_environment_id_credential_id_key'
    throw isTaken ? new Problem('passkey_exists') : error
  }
}
