import { audit } from '@aethex/shared/audit'
import { hashApiKey, mintApiKey } from '@aethex/shared/auth'
import { notFound } from '@aethex/shared/errors'
import { type KeyScope, keyScopes } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx, tenantOf } from '../../gateway/context.js'
import { addKey, type KeyRow, listKeyRows, revokeKeyRow } from './store.js'

export { identifyKey } from './identify.js'

const prefixLength = 10

const toKey = ({ environment_id: _tenant, created_at, revoked_at, ...row }: KeyRow) => ({
  ...row,
  created_at: created_at.toISOString(),
  revoked_at: revoked_at?.toISOString() ?? null,
})

/** Makes a key. The answer is the only time it is shown. */
export async function createKey(
  ctx: Ctx,
  environmentId: string,
  input: { kind: 'publishable' | 'secret'; name: string; scopes?: KeyScope[] | undefined },
) {
  const { organizationId } = tenantOf(ctx)
  const apiKey = mintApiKey(input.kind)
  const scopes = input.kind === 'secret' ? (input.scopes ?? [...keyScopes]) : []
  const row = await ctx.db.transaction(async tx => {
    const added = await addKey(environmentId, tx, {
      id: uuidv7(),
      kind: input.kind,
      name: input.name,
      prefix: apiKey.slice(0, prefixLength),
      hash: hashApiKey(apiKey),
      scopes,
    })
    await audit(tx, {
      organizationId,
      environmentId,
      actor: auditActorOf(ctx),
      action: 'keys.create',
      target: added.id,
      details: { kind: input.kind, scopes },
      requestId: ctx.requestId,
    })
    return added
  })
  return { key: toKey(row), api_key: apiKey }
}

export async function listKeys(ctx: Ctx, environmentId: string) {
  return { items: (await listKeyRows(environmentId, ctx.db)).map(toKey), next_cursor: null }
}

/** Revokes a key: it stops working everywhere within a second. Doing it twice is no error. */
export async function revokeKey(ctx: Ctx, environmentId: string, keyId: string): Promise<void> {
  const { organizationId } = tenantOf(ctx)
  await ctx.db.transaction(async tx => {
    if ((await revokeKeyRow(environmentId, tx, keyId)) === undefined) throw notFound()
    await audit(tx, {
      organizationId,
      environmentId,
      actor: auditActorOf(ctx),
      action: 'keys.revoke',
      target: keyId,
      requestId: ctx.requestId,
    })
  })
  ctx.revocations.note(keyId)
}
