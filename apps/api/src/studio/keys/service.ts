import { audit } from '@aethex/shared/audit'
import { hashApiKey, mintApiKey } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, type KeyScope, keyScopes, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, type Parts, tenantOf } from '../../gateway/context.js'
import { assertHeld } from './held.js'
import { editionOf } from './identify.js'
import type { KeyChange, NewKey } from './schema.js'
import {
  addKey,
  changeKeyRow,
  countLiveKeys,
  findKey,
  type KeyRow,
  listKeyRows,
  lockKey,
  revokeKeyRow,
} from './store.js'

export { reportExposedKey } from './exposure.js'
export { type IdentifiedKey, identifyKey } from './identify.js'

const prefixLength = 10
/** More than anybody can keep apart. */
const maxLiveKeys = 100

const toKey = (row: KeyRow) => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  allowed_origins: row.allowed_origins,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
  rotated_from: row.rotated_from,
})

/** Throws `invalid_request` for a moment that has passed. */
function assertAhead(ctx: Ctx, expiresAt: Date | null): void {
  if (expiresAt === null || expiresAt > ctx.now()) return
  const reason = 'has passed'
  throw new Problem('invalid_request', {
    detail: `/expires_at: ${reason}`,
    errors: [{ pointer: '/expires_at', reason }],
  })
}

const auditKey = (
  ctx: Ctx,
  tx: Db,
  environmentId: string,
  action: string,
  keyId: string,
  details: NonNullable<Parameters<typeof audit>[1]['details']> = {},
) =>
  audit(tx, {
    organizationId: tenantOf(ctx).organizationId,
    environmentId,
    actor: auditActorOf(ctx),
    action,
    target: keyId,
    details,
    requestId: ctx.requestId,
  })

async function mint(
  ctx: Ctx,
  environmentId: string,
  tx: Db,
  like: Pick<
    KeyRow,
    'kind' | 'name' | 'scopes' | 'allowed_origins' | 'expires_at' | 'rotated_from'
  >,
) {
  if ((await countLiveKeys(environmentId, tx, ctx.now())) >= maxLiveKeys) {
    throw new Problem('limit_reached', { extensions: { allowed: maxLiveKeys } })
  }
  const apiKey = mintApiKey(like.kind)
  const row = await addKey(environmentId, tx, {
    ...like,
    id: uuidv7(),
    prefix: apiKey.slice(0, prefixLength),
    hash: hashApiKey(apiKey),
  })
  return { row, answer: { key: toKey(row), api_key: apiKey } }
}

/** Makes a key. The answer is the only time it is shown. */
export async function createKey(ctx: Ctx, environmentId: string, input: NewKey) {
  const own = tenantOf(ctx).scopes
  const scopes =
    input.kind === 'secret' ? (input.scopes ?? keyScopes.filter(scope => own.has(scope))) : []
  assertHeld(own, scopes)
  const expiresAt = input.expires_at === undefined ? null : new Date(input.expires_at)
  assertAhead(ctx, expiresAt)
  return ctx.db.transaction(async tx => {
    const { row, answer } = await mint(ctx, environmentId, tx, {
      kind: input.kind,
      name: input.name,
      scopes,
      allowed_origins: input.allowed_origins ?? [],
      expires_at: expiresAt,
      rotated_from: null,
    })
    await auditKey(ctx, tx, environmentId, 'keys.create', row.id, { kind: input.kind, scopes })
    return answer
  })
}

export async function listKeys(
  ctx: Ctx,
  environmentId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listKeyRows(environmentId, ctx.db, after, page.limit + 1)
  return pageOf(rows, page.limit, toKey, row => row.id)
}

const isLive = ({ revoked_at, expires_at }: KeyRow, now: Date) =>
  revoked_at === null && (expires_at === null || expires_at > now)

/** Whether a key works now and has a scope, by the database: for what goes on after the request with the key. */
export async function keyHolds(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  keyId: string,
  scope: KeyScope,
): Promise<boolean> {
  const row = await findKey(environmentId, db, keyId)
  return row !== undefined && isLive(row, now()) && row.scopes.includes(scope)
}

/** The key, held for this transaction. Throws `not_found` for one that works no more. */
async function getLiveKey(ctx: Ctx, environmentId: string, tx: Db, keyId: string) {
  const row = await lockKey(environmentId, tx, keyId)
  if (row === undefined || !isLive(row, ctx.now())) throw notFound()
  return row
}

/** Renames a key, or changes where and until when it works, everywhere within a second. */
export async function writeKey(ctx: Ctx, environmentId: string, keyId: string, change: KeyChange) {
  const { before, after } = await ctx.db.transaction(async tx => {
    const before = await getLiveKey(ctx, environmentId, tx, keyId)
    if (before.kind === 'secret' && change.allowed_origins !== undefined) {
      const reason = 'are for publishable keys: no page may use a secret one'
      throw new Problem('invalid_request', { errors: [{ pointer: '/allowed_origins', reason }] })
    }
    const { expires_at: given } = change
    const expiresAt =
      given === undefined ? before.expires_at : given === null ? null : new Date(given)
    assertAhead(ctx, expiresAt)
    const after = await changeKeyRow(environmentId, tx, keyId, {
      name: change.name ?? before.name,
      allowed_origins: change.allowed_origins ?? before.allowed_origins,
      expires_at: expiresAt,
    })
    if (after === undefined) throw notFound()
    await auditKey(ctx, tx, environmentId, 'keys.write', keyId, {
      name: after.name,
      allowed_origins: after.allowed_origins,
      expires_at: after.expires_at?.toISOString() ?? null,
    })
    return { before, after }
  })
  ctx.revocations.note(editionOf(before))
  return { key: toKey(after) }
}

/**
 * Makes a key like this one, which goes on working for a while: there is time to bring the new one everywhere.
 * Without an overlap the old one is revoked.
 */
export async function rotateKey(ctx: Ctx, environmentId: string, keyId: string, overlap: number) {
  const { old, answer } = await ctx.db.transaction(async tx => {
    const old = await getLiveKey(ctx, environmentId, tx, keyId)
    assertHeld(tenantOf(ctx).scopes, old.scopes)
    const { row, answer } = await mint(ctx, environmentId, tx, {
      kind: old.kind,
      name: old.name,
      scopes: old.scopes,
      allowed_origins: old.allowed_origins,
      expires_at: old.expires_at,
      rotated_from: old.id,
    })
    const endsAt = new Date(ctx.now().getTime() + overlap * 1_000)
    const earlier = old.expires_at !== null && old.expires_at < endsAt ? old.expires_at : endsAt
    if (overlap === 0) await revokeKeyRow(environmentId, tx, keyId)
    else await changeKeyRow(environmentId, tx, keyId, { ...old, expires_at: earlier })
    await auditKey(ctx, tx, environmentId, 'keys.rotate', keyId, {
      new_key_id: row.id,
      overlap_seconds: overlap,
    })
    return { old, answer }
  })
  ctx.revocations.note(overlap === 0 ? old.id : editionOf(old))
  return answer
}

/** Revokes a key: it stops working everywhere within a second. Doing it twice is no error. */
export async function revokeKey(ctx: Ctx, environmentId: string, keyId: string): Promise<void> {
  await ctx.db.transaction(async tx => {
    if ((await revokeKeyRow(environmentId, tx, keyId)) === undefined) throw notFound()
    await auditKey(ctx, tx, environmentId, 'keys.revoke', keyId)
  })
  ctx.revocations.note(keyId)
}
