import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { mintPageKey } from '../../gateway/page-keys.js'
import { identifyKey } from '../../studio/keys/service.js'
import { describeGate } from '../age/service.js'
import { registrationRules } from '../auth/service.js'
import { captchaProviderOf, currentCaptcha } from '../captcha/service.js'
import { brandOf } from '../mail/service.js'
import { listProviders } from '../oauth/service.js'
import { enforcementOf, listPolicies } from '../policies/service.js'
import { pageOf, securityPolicy } from './page.js'
import { views } from './schema.js'

export { handOver, takeOver } from './hand-over.js'

/** What a dialog for signing in must know before it shows itself. */
export async function getAuthOptions(ctx: Ctx, locale: string | undefined) {
  const environmentId = environmentOf(ctx)
  const branded = await brandOf(environmentId, ctx.db)
  if (branded === undefined) throw notFound()
  const { brand } = branded
  const { mode, min_password_length } = await registrationRules(environmentId, ctx.db)
  const { items: providers } = await listProviders(ctx, environmentId)
  const { items: policies } = await listPolicies(ctx, locale)
  const gate = await describeGate(ctx, undefined)
  return {
    brand: {
      name: brand.name,
      accent_color: brand.accentColor,
      logo_url: brand.logoUrl,
      support_email: brand.supportEmail,
      footer: brand.footer,
      names_us: brand.namesUs,
    },
    registration: { mode, min_password_length },
    ...(await currentCaptcha(ctx)),
    age: gate.enabled ? gate.ask : null,
    providers: providers.filter(provider => provider.enabled).map(provider => provider.name),
    policies: policies.filter(policy => policy.requires_acceptance),
    policies_required: (await enforcementOf(environmentId, ctx.db)) === 'required',
  }
}

const isView = (page: string): page is (typeof views)[number] => views.some(view => view === page)

/** A hosted page of an environment, which its id or a publishable key names. */
export async function showPage(
  ctx: Ctx,
  page: string,
  { env, key }: { env?: string | undefined; key?: string | undefined },
) {
  if (!isView(page)) throw notFound()
  const found = key === undefined ? undefined : await identifyKey(ctx, key)
  if (found?.kind === 'secret') throw new Problem('wrong_key_kind')
  const environmentId = found?.environmentId ?? env
  const branded = environmentId && (await brandOf(environmentId, ctx.db))
  if (!environmentId || !branded) throw notFound()
  const pageKey = mintPageKey(ctx.vault, environmentId, ctx.now())
  return {
    html: pageOf({ view: page, key: pageKey, name: branded.brand.name }),
    policy: securityPolicy(await captchaProviderOf(environmentId, ctx.db)),
  }
}
