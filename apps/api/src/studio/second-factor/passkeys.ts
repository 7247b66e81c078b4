import { audit } from '@aethex/shared/audit'
import { type Db, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import {
  assertionOptions,
  type Ceremony,
  platformParty,
  registrationOptions,
  toPasskey,
  verifyAssertion,
  verifyRegistration,
} from '@aethex/shared/second-factor'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Ctx, memberOf, type Parts } from '../../gateway/context.js'
import {
  assertFreshMemberProof,
  findMember,
  forgetSecondFactor,
  signInMember,
} from '../members/service.js'
import { tellMember } from './notices.js'
import type { NewPasskey, PasskeyLogin } from './schema.js'
import { passkeys } from './store.js'

type Assertion = z.output<typeof PasskeyLogin>['credential']

const mostPerMember = 20

/** Members use their passkeys on the platform's own domain. */
const ceremonyOf = ({ redis, publicUrl }: Parts): Ceremony => ({
  redis,
  realm: 'studio',
  party: platformParty(publicUrl, 'AeThex Cloud'),
})

const note = (ctx: Ctx, tx: Db, memberId: string, action: string, target: string) =>
  audit(tx, {
    actor: { kind: 'member', id: memberId },
    action,
    target,
    requestId: ctx.requestId,
  })

/** Options for a new passkey of the caller. Throws `reauthentication_required` and `too_many_passkeys`. */
export async function offerPasskey(ctx: Ctx) {
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  const member = await findMember(ctx.db, memberId)
  if (member === undefined) throw new Problem('session_ended')
  const held = await passkeys.list([memberId], ctx.db)
  if (held.length >= mostPerMember) throw new Problem('too_many_passkeys')
  const options = await registrationOptions(ceremonyOf(ctx), {
    owner: [memberId],
    name: member.email,
    credentialIds: held.map(({ credential_id }) => credential_id),
  })
  return { options }
}

/** Keeps the passkey that the browser made for these options. Throws `passkey_invalid` and `passkey_exists`. */
export async function registerPasskey(ctx: Ctx, input: z.output<typeof NewPasskey>) {
  const { memberId } = memberOf(ctx)
  const made = await verifyRegistration(ceremonyOf(ctx), [memberId], input.credential)
  const passkey = { id: uuidv7(), name: input.name ?? 'Passkey', ...made }
  try {
    return await ctx.db.transaction(async tx => {
      const row = await passkeys.add([memberId], tx, passkey)
      await note(ctx, tx, memberId, 'members.passkeys.register', row.id)
      await tellMember(ctx, tx, 'passkey_added')
      return { passkey: toPasskey(row) }
    })
  } catch (error) {
    const isTaken = violatedConstraint(error) === 'member_passkey_credential_id_key'
    throw isTaken ? new Problem('passkey_exists') : error
  }
}

export async function listPasskeys(ctx: Ctx) {
  const rows = await passkeys.list([memberOf(ctx).memberId], ctx.db)
  return { items: rows.map(toPasskey), next_cursor: null }
}

export async function renamePasskey(ctx: Ctx, passkeyId: string, name: string) {
  const { memberId } = memberOf(ctx)
  return ctx.db.transaction(async tx => {
    const row = await passkeys.rename([memberId], tx, passkeyId, name)
    if (row === undefined) throw notFound()
    await note(ctx, tx, memberId, 'members.passkeys.rename', passkeyId)
    return { passkey: toPasskey(row) }
  })
}

/** The password is always left as a way in. Throws `reauthentication_required`. */
export async function removePasskey(ctx: Ctx, passkeyId: string): Promise<void> {
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  await ctx.db.transaction(async tx => {
    if (!(await passkeys.remove([memberId], tx, passkeyId))) throw notFound()
    await forgetSecondFactor(tx, memberId)
    await note(ctx, tx, memberId, 'members.passkeys.remove', passkeyId)
  })
}

/** Options for showing a passkey: to sign in, as a second factor, or to prove anew who one is. */
export const askForPasskey = async (ctx: Ctx) => ({
  options: await assertionOptions(ceremonyOf(ctx)),
})

/** Whose passkey it is; undefined when anything about the assertion is wrong, its counter included. */
export async function provePasskey(ctx: Ctx, assertion: Assertion) {
  const { userHandle, ...response } = assertion.response
  const credentialId = Buffer.from(assertion.id, 'base64url')
  const stored = await passkeys.find([], ctx.db, credentialId)
  if (stored === undefined) return undefined
  const memberId = stored.account_id
  const asserted = await verifyAssertion(ceremonyOf(ctx), [memberId], stored.public_key, {
    ...assertion,
    response: { ...response, ...(userHandle == null ? {} : { userHandle }) },
  })
  if (asserted === undefined) return undefined
  const seen = { counter: asserted.counter, backedUp: asserted.backedUp, at: ctx.now() }
  if (!(await passkeys.use([], ctx.db, credentialId, seen))) {
    await note(ctx, ctx.db, memberId, 'members.passkeys.refused_counter', stored.id)
    return undefined
  }
  return { memberId, userVerified: asserted.userVerified }
}

/** Signs in the member whose passkey it is. Throws `invalid_credentials`, and `second_factor_required` as `signInMember`. */
export async function loginWithPasskey(ctx: Ctx, assertion: Assertion) {
  const shown = await provePasskey(ctx, assertion)
  const member = shown && (await findMember(ctx.db, shown.memberId))
  if (shown === undefined || member === undefined) throw new Problem('invalid_credentials')
  return signInMember(ctx, ctx.db, member, {
    method: 'passkey',
    ...(shown.userVerified ? { secondFactorAt: ctx.now() } : {}),
  })
}
