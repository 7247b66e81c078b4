import { audit } from '@aethex/shared/audit'
import { verifyAssertion } from '@aethex/shared/second-factor'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { ceremonyOf } from './relying-party.js'
import type { Assertion } from './schema.js'
import { passkeys } from './store.js'

/** Whose passkey an assertion is, and whether it asked for a PIN, a finger or a face: then it is two factors. */
export interface Shown {
  playerId: string
  userVerified: boolean
}

/**
 * Judges an assertion; undefined when it is not a passkey of this environment, is not signed by it, answers no open
 * challenge of ours, comes from another page, or when its counter has not grown.
 */
export async function provePasskey(ctx: Ctx, assertion: Assertion): Promise<Shown | undefined> {
  const environmentId = environmentOf(ctx)
  const { userHandle, ...response } = assertion.response
  const credentialId = Buffer.from(assertion.id, 'base64url')
  const stored = await passkeys.find([environmentId], ctx.db, credentialId)
  if (stored === undefined) return undefined
  const ceremony = await ceremonyOf(ctx, environmentId)
  const owner = [environmentId, stored.account_id]
  const asserted = await verifyAssertion(ceremony, owner, stored.public_key, {
    ...assertion,
    response: { ...response, ...(userHandle == null ? {} : { userHandle }) },
  })
  if (asserted === undefined) return undefined
  const seen = { counter: asserted.counter, backedUp: asserted.backedUp, at: ctx.now() }
  if (!(await passkeys.use([environmentId], ctx.db, credentialId, seen))) {
    await audit(ctx.db, {
      environmentId,
      actor: { kind: 'player', id: stored.account_id },
      action: 'passkeys.refused_counter',
      target: stored.id,
      details: { counter: asserted.counter },
      requestId: ctx.requestId,
    })
    return undefined
  }
  return { playerId: stored.account_id, userVerified: asserted.userVerified }
}
