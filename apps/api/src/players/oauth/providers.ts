import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, type Parts } from '../../gateway/context.js'
import { defaultScopes, googleIssuer, plainProviders } from './catalogue.js'
import {
  findProvider,
  listProviderRows,
  lockProvider,
  type ProviderRow,
  removeProvider,
  writeProvider,
} from './store.js'

const purpose = 'auth provider secret'

/** A provider of an environment, ready to be used. */
export interface Provider {
  environmentId: string
  name: string
  clientId: string
  clientSecret: string | undefined
  /** Undefined for those without OpenID Connect. */
  issuer: string | undefined
  scopes: readonly string[]
  /** Whose ID tokens are taken. */
  audiences: readonly string[]
}

export const callbackUrl = ({ publicUrl }: Parts, provider: string) =>
  `${publicUrl}/api/v1/auth/oauth/callback/${provider}`

const toProvider = (ctx: Ctx, { sealed_secret, updated_at, ...row }: ProviderRow) => ({
  ...row,
  has_secret: sealed_secret !== null,
  callback_url: callbackUrl(ctx, row.name),
  updated_at: updated_at.toISOString(),
})

export async function listProviders(ctx: Ctx, environmentId: string) {
  const rows = await listProviderRows(environmentId, ctx.db)
  return { items: rows.map(row => toProvider(ctx, row)), next_cursor: null }
}

export async function getProvider(ctx: Ctx, environmentId: string, name: string) {
  const row = await findProvider(environmentId, ctx.db, name)
  if (row === undefined) throw notFound()
  return { provider: toProvider(ctx, row) }
}

interface ProviderWish {
  client_id: string
  client_secret?: string | null | undefined
  issuer?: string | undefined
  scopes?: string[] | undefined
  native_client_ids: string[]
  enabled: boolean
}

const refuse = (field: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `/${field}: ${reason}`,
    errors: [{ pointer: `/${field}`, reason }],
  })

/** What of the wish only the provider's kind can judge. */
function assertFits(name: string, wish: ProviderWish, hasSecret: boolean): void {
  const isOwn = name.startsWith('oidc:')
  if (isOwn && wish.issuer === undefined) throw refuse('issuer', 'is missing')
  if (!isOwn && wish.issuer !== undefined) throw refuse('issuer', `is known for ${name}`)
  if (!isOwn && name !== 'google' && !hasSecret) throw refuse('client_secret', 'is missing')
  const asksOpenId = wish.scopes === undefined || wish.scopes.includes('openid')
  if (plainProviders[name] === undefined && !asksOpenId) throw refuse('scopes', 'lacks openid')
}

/** The secret as it will be stored; the old one stays only for the very client that it belongs to. */
function secretFor(ctx: Ctx, wish: ProviderWish, old: ProviderRow | undefined): Buffer | null {
  if (wish.client_secret === null) return null
  if (wish.client_secret !== undefined) return ctx.vault.seal(purpose, wish.client_secret)
  const isSame = old?.client_id === wish.client_id && old.issuer === (wish.issuer ?? null)
  return isSame ? old.sealed_secret : null
}

/** Sets a provider up, or changes it. The secret goes in and never comes out again. */
export async function putProvider(
  ctx: Ctx,
  environmentId: string,
  name: string,
  wish: ProviderWish,
) {
  const row = await ctx.db.transaction(async tx => {
    const secret = secretFor(ctx, wish, await lockProvider(environmentId, tx, name))
    assertFits(name, wish, secret !== null)
    const written = await writeProvider(environmentId, tx, {
      name,
      client_id: wish.client_id,
      sealed_secret: secret,
      issuer: wish.issuer ?? null,
      scopes: wish.scopes ?? defaultScopes(name),
      native_client_ids: wish.native_client_ids,
      enabled: wish.enabled,
    })
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'auth_providers.write',
      target: name,
      details: {
        client_id: wish.client_id,
        issuer: wish.issuer ?? null,
        enabled: wish.enabled,
        secret_given: typeof wish.client_secret === 'string',
      },
      requestId: ctx.requestId,
    })
    return written
  })
  return { provider: toProvider(ctx, row) }
}

/** Takes a provider away. The players it has signed in keep their accounts. */
export async function deleteProvider(ctx: Ctx, environmentId: string, name: string): Promise<void> {
  await ctx.db.transaction(async tx => {
    if (!(await removeProvider(environmentId, tx, name))) throw notFound()
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'auth_providers.delete',
      target: name,
      requestId: ctx.requestId,
    })
  })
}

function issuerOf(parts: Parts, { name, issuer }: ProviderRow): string | undefined {
  if (name === 'google') return parts.providerStandIns.get(name) ?? googleIssuer
  return issuer ?? undefined
}

/** A provider that players may use, with its secret. Throws `not_found` for one that is not set up or switched off. */
export async function openProvider(
  parts: Parts,
  environmentId: string,
  name: string,
): Promise<Provider> {
  const row = await findProvider(environmentId, parts.db, name)
  if (!row?.enabled) {
    throw new Problem('not_found', { detail: `The game offers no sign-in with ${name}.` })
  }
  const { sealed_secret: sealed } = row
  return {
    environmentId,
    name,
    clientId: row.client_id,
    clientSecret: sealed === null ? undefined : parts.vault.unseal(purpose, sealed),
    issuer: issuerOf(parts, row),
    scopes: row.scopes,
    audiences: [row.client_id, ...row.native_client_ids],
  }
}
