import { audit } from '@aethex/shared/audit'
import { hashPassword } from '@aethex/shared/auth'
import { violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import type { z } from 'zod'
import { auditActorOf, type Ctx, playerOf } from '../../gateway/context.js'
import { assertMayShareIdentity } from '../age/service.js'
import {
  addFirstAddress,
  askSecondFactor,
  assertFreshProof,
  assertPasswordAllowed,
  assertWayInLeft,
  asTaken,
  findPlayer,
  linkDevice,
  newAccountClaims,
  proveDevice,
  provePassword,
  registrationRules,
  writePassword,
} from '../auth/service.js'
import { assertHuman } from '../captcha/service.js'
import { addIdentity, findPlayerByIdentity } from '../identities/service.js'
import { offerMerge } from '../merges/service.js'
import { accountOfCode, accountOfIdToken, type ExternalAccount } from '../oauth/service.js'
import { assertMayEnter } from '../standing/service.js'
import type { NewIdentity } from './schema.js'
import { listWays, removeWay } from './store.js'

/** The ways into the caller's account. */
export async function listIdentities(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const rows = await listWays(environmentId, ctx.db, playerId)
  const items = rows.map(row => ({ ...row, linked_at: row.linked_at.toISOString() }))
  return { items, next_cursor: null }
}

/**
 * The way in belongs to another account, and the caller has just proven that it is theirs: the refusal offers a merge.
 * An account with a second factor is not opened by the first one alone: its owner signs in to it and comes with that session.
 */
async function collision(ctx: Ctx, theirs: string, method: string): Promise<Problem> {
  const { environmentId } = playerOf(ctx)
  await ctx.db.transaction(tx => assertMayEnter(ctx, environmentId, tx, theirs, { method }))
  await askSecondFactor(ctx, ctx.db, theirs, { method })
  return new Problem('identity_taken', { extensions: { merge: await offerMerge(ctx, theirs) } })
}

async function linkPassword(
  ctx: Ctx,
  input: { email: string; password: string },
  captchaToken: string | undefined,
): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  // It makes an account as a registration does, so it costs and asks the same.
  await ctx.limits.takeAll(newAccountClaims(environmentId, input.email))
  await assertHuman(ctx, captchaToken)
  const { mode } = await registrationRules(environmentId, ctx.db)
  if (mode === 'confirm_email') throw new Problem('email_unproven')
  const player = await findPlayer(environmentId, ctx.db, playerId)
  if (player === undefined) throw new Problem('session_ended')
  if (player.email !== null) {
    const detail = 'The account has an e-mail: change it, or set a password, instead.'
    throw new Problem('already_linked', { detail })
  }
  const known = { email: input.email, username: player.username }
  await assertPasswordAllowed(environmentId, ctx.db, input.password, known)
  const hash = await hashPassword(input.password)
  try {
    await ctx.db.transaction(async tx => {
      await addFirstAddress(environmentId, tx, playerId, input.email)
      await writePassword(environmentId, tx, playerId, hash)
    })
  } catch (error) {
    // Another request of the same player was faster.
    if (violatedConstraint(error) === 'player_email_pkey') throw new Problem('already_linked')
    const refusal = asTaken(error)
    if (!(refusal instanceof Problem && refusal.code === 'email_taken')) throw error
    // Whoever also knows the password of the account that has it may bring the two together.
    const theirs = await provePassword(ctx, input).catch(reason => {
      throw reason instanceof Problem && reason.code === 'invalid_credentials' ? refusal : reason
    })
    if (theirs === playerId) throw new Problem('already_linked')
    throw await collision(ctx, theirs, 'password')
  }
}

async function linkOwnDevice(ctx: Ctx, secret: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  if (await linkDevice(environmentId, ctx.db, playerId, secret)) return
  const theirs = await proveDevice(ctx, secret)
  if (theirs === undefined) throw new Problem('busy')
  if (theirs !== playerId) throw await collision(ctx, theirs, 'device')
}

async function linkAccount(ctx: Ctx, { provider, subject, name }: ExternalAccount): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const identity = { provider, subject }
  const linked = { ...identity, displayName: name }
  if (await addIdentity(environmentId, ctx.db, playerId, linked)) return
  const theirs = await findPlayerByIdentity(environmentId, ctx.db, identity)
  if (theirs === undefined) throw new Problem('busy')
  if (theirs.id !== playerId) throw await collision(ctx, theirs.id, provider)
}

/**
 * Adds a way into the caller's account; nothing else of it changes. Throws `identity_taken` with a merge preview when
 * the way leads to another account of the same person, `email_taken` when it is somebody else's.
 */
export async function linkIdentity(ctx: Ctx, given: z.output<typeof NewIdentity>) {
  await assertFreshProof(ctx)
  const { email, password, device_secret, code, code_verifier, provider, id_token, nonce } = given
  if (device_secret === undefined) {
    const { environmentId, playerId } = playerOf(ctx)
    await assertMayShareIdentity(ctx, environmentId, playerId)
  }
  if (email !== undefined && password !== undefined) {
    await linkPassword(ctx, { email, password }, given.captcha_token)
  } else if (device_secret !== undefined) await linkOwnDevice(ctx, device_secret)
  else if (code !== undefined && code_verifier !== undefined) {
    await linkAccount(ctx, await accountOfCode(ctx, code, code_verifier))
  } else if (provider !== undefined && id_token !== undefined) {
    await linkAccount(ctx, await accountOfIdToken(ctx, provider, id_token, nonce))
  }
  await audit(ctx.db, {
    environmentId: playerOf(ctx).environmentId,
    actor: auditActorOf(ctx),
    action: 'identities.link',
    target: playerOf(ctx).playerId,
    requestId: ctx.requestId,
  })
  return listIdentities(ctx)
}

/** Takes a way in away, but never the last one (`last_way_in`). */
export async function unlinkIdentity(ctx: Ctx, id: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await assertFreshProof(ctx)
  await ctx.db.transaction(async tx => {
    if (!(await removeWay(environmentId, tx, playerId, id))) throw notFound()
    await assertWayInLeft(environmentId, tx, playerId)
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'identities.unlink',
      target: playerId,
      details: { provider: id.split('~', 1)[0] ?? '' },
      requestId: ctx.requestId,
    })
  })
}
