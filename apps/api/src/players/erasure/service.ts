import { createHash } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { mintNonce } from '@aethex/shared/nonces'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import {
  auditActorOf,
  type Ctx,
  environmentOf,
  type Parts,
  playerOf,
} from '../../gateway/context.js'
import { assertFreshProof, endSessionsOf, sessionsEnded } from '../auth/service.js'
import { listMergedInto } from '../merges/service.js'
import { closeAccount, reopenAccount } from '../standing/service.js'
import { readReceipt, receiptKey } from './receipts.js'
import {
  addErasure,
  countLeft,
  type ErasureRow,
  findErasure,
  findErasureByToken,
  listErasures,
  playerExists,
} from './store.js'

/** What stays of an erased player, and why. Stated in every receipt. */
export const kept = [
  {
    what: 'the entries of the audit log that name the id of the player',
    why: 'what members and keys did must stay accountable; the id refers to nobody any more',
  },
  {
    what: 'the id itself, as a tombstone',
    why: 'a backup from before the erasure must not bring the player back',
  },
  {
    what: 'the event that told the studio of the erasure, for thirty days',
    why: 'the studio must be able to follow with its own data',
  },
] as const
/** Tables that keep the id for those reasons. */
export const tablesThatStay = ['erasure'] as const

const hashOf = (token: string) => createHash('sha256').update(token).digest()

const toErasure = (row: ErasureRow) => ({
  id: row.id,
  player_id: row.player_id,
  reason: row.reason,
  requested_by: row.requested_by,
  state: row.state,
  created_at: row.created_at.toISOString(),
  erased_at: row.erased_at?.toISOString() ?? null,
  verified_at: row.verified_at?.toISOString() ?? null,
  receipt: row.receipt,
})

interface Request {
  /** `asked for`, `inactive`, `no parental consent` … */
  reason: string
  requestedBy: 'player' | 'member' | 'server' | 'parent' | 'retention' | 'tombstone'
}

/**
 * Closes the account in the caller's transaction, and has everything about the player erased soon after it.
 * Undefined when there is no such player or the account is closed already. `ended` are the sessions to pass to
 * `sessionsEnded` after the commit.
 */
export async function requestErasure(
  parts: Parts,
  environmentId: string,
  tx: Db,
  playerId: string,
  { reason, requestedBy }: Request,
): Promise<{ erasure: ReturnType<typeof toErasure>; token: string; ended: string[] } | undefined> {
  // An account that became part of another is closed for that: now it is closed for good.
  await reopenAccount(environmentId, tx, playerId, 'merged')
  if (!(await closeAccount(environmentId, tx, playerId, 'erasing'))) return undefined
  const ended = await endSessionsOf(parts, environmentId, tx, playerId, { reason: 'erasure' })
  // With this account goes what would have erased those that became part of it.
  for (const merged of await listMergedInto(environmentId, tx, playerId)) {
    const made = await requestErasure(parts, environmentId, tx, merged, { reason, requestedBy })
    ended.push(...(made?.ended ?? []))
  }
  const token = mintNonce()
  const row = await addErasure(environmentId, tx, {
    id: uuidv7(),
    playerId,
    reason,
    requestedBy,
    tokenHash: hashOf(token),
    now: parts.now(),
  })
  return { erasure: toErasure(row), token, ended }
}

async function requested(ctx: Ctx, environmentId: string, playerId: string, request: Request) {
  const made = await ctx.db.transaction(async tx => {
    const result = await requestErasure(ctx, environmentId, tx, playerId, request)
    if (result === undefined) throw notFound()
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: ctx.actor.kind === 'player' ? 'erasures.request' : 'erasures.request_for',
      target: playerId,
      details: { erasure: result.erasure.id, reason: request.reason },
      requestId: ctx.requestId,
    })
    return result
  })
  sessionsEnded(ctx, made.ended)
  return made
}

/** The player has themselves erased. `token` is how to see the receipt when there is no account any more. */
export async function eraseMyself(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertFreshProof(ctx)
  const request: Request = { reason: 'asked for by the player', requestedBy: 'player' }
  const { erasure, token } = await requested(ctx, environmentId, playerId, request)
  return { erasure, token }
}

/** The studio has a player erased. */
export async function erasePlayer(
  ctx: Ctx,
  environmentId: string,
  playerId: string,
  reason: string,
) {
  if (!(await playerExists(environmentId, ctx.db, playerId))) throw notFound()
  const requestedBy = ctx.actor.kind === 'member' ? 'member' : 'server'
  const { erasure } = await requested(ctx, environmentId, playerId, { reason, requestedBy })
  return { erasure }
}

/** How an erasure went, for whoever holds the token of it. */
export async function erasureByToken(ctx: Ctx, token: string) {
  const row = await findErasureByToken(environmentOf(ctx), ctx.db, hashOf(token))
  if (row === undefined) throw notFound()
  return { erasure: toErasure(row) }
}

export async function getErasure(ctx: Ctx, environmentId: string, id: string) {
  const row = await findErasure(environmentId, ctx.db, id)
  if (row === undefined) throw notFound()
  return { erasure: toErasure(row) }
}

export async function listErasuresOf(
  ctx: Ctx,
  environmentId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listErasures(environmentId, ctx.db, before, page.limit + 1)
  return pageOf(rows, page.limit, toErasure, row => row.id)
}

export const keyOfReceipts = (parts: Parts) => receiptKey(parts.vault.keyFor('erasure receipts'))

/** The public key of receipts as a JWK Set (RFC 8037). */
export function receiptKeys(ctx: Ctx) {
  const { kty = 'OKP', crv, x } = keyOfReceipts(ctx).publicKey.export({ format: 'jwk' })
  return { keys: [{ kty, crv, x, use: 'sig', alg: 'EdDSA' }] }
}

/**
 * Whether a receipt is genuine, and whether what it says is still so: every table of players is looked through again.
 * Throws `receipt_invalid`.
 */
export async function recheckReceipt(ctx: Ctx, receipt: string) {
  const body = readReceipt(keyOfReceipts(ctx).publicKey, receipt)
  if (body === undefined) throw new Problem('receipt_invalid')
  const left = await countLeft(body.environment_id, ctx.db, body.player_id, tablesThatStay)
  const isBack = await playerExists(body.environment_id, ctx.db, body.player_id)
  return { receipt: body, still_erased: Object.keys(left).length === 0 && !isBack }
}
