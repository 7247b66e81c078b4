import { Problem } from '@aethex/shared/errors'
import { parseInput, Reply } from '@aethex/shared/http'
import type { Ctx } from '../../gateway/context.js'
import { isSameBrowser, unmarkBrowser } from './browser-binding.js'
import { issuersOf } from './catalogue.js'
import { comeBack } from './drive-strategy.js'
import type { ExternalAccount } from './external-account.js'
import { codeTtlSeconds, type Flow, MarkedFlow, type Refusal, refusals } from './flow.js'
import { keepStep, mintStepName, takeStep } from './kept-steps.js'
import { openLine } from './provider-line.js'
import { callbackUrl, openProvider, type Provider } from './providers.js'
import { leadBack } from './return-page.js'
import { CallbackQuery } from './schema.js'
import { plainEndpoints, strategyFor } from './strategies.js'

type Answer = Readonly<Record<string, unknown>> & {
  state: string
  error?: string | undefined
  iss?: string | undefined
}

/** The flow that this browser began with this provider. Throws `sign_in_state_invalid`; a second try finds nothing. */
async function takeFlow(ctx: Ctx, name: string, state: string, cookies: string | undefined) {
  const flow = await takeStep(ctx, 'oauth-state', state, MarkedFlow)
  const isGenuine =
    flow !== undefined && flow.provider === name && isSameBrowser(ctx, state, flow.mark, cookies)
  if (!isGenuine) throw new Problem('sign_in_state_invalid')
  return flow
}

/** An answer that names another issuer than the one asked is somebody's mix-up of the two (RFC 9207 §2.4). */
function assertIssuer(ctx: Ctx, provider: Provider, iss: string | undefined): void {
  if (iss === undefined) return
  const endpoints = plainEndpoints(ctx, provider)
  const isRight =
    endpoints === undefined
      ? issuersOf(provider.issuer ?? '').includes(iss)
      : URL.canParse(iss) && new URL(iss).origin === new URL(endpoints.authorize).origin
  if (isRight) return
  throw new Problem('sign_in_state_invalid', { detail: 'The answer is of another provider.' })
}

/** The address that the provider sent the player to, as far as it is the provider's own doing. */
function answeredAddress(ctx: Ctx, flow: Flow, answer: Answer): string {
  const address = new URL(callbackUrl(ctx, flow.provider))
  for (const [name, value] of Object.entries(answer)) {
    if (typeof value === 'string') address.searchParams.set(name, value)
  }
  return address.href
}

const isRefusal = (code: string): code is Refusal => refusals.some(refusal => refusal === code)

async function identify(
  ctx: Ctx,
  provider: Provider,
  flow: Flow,
  answer: Answer,
): Promise<{ account: ExternalAccount } | { refusal: Refusal }> {
  if (answer.error === 'access_denied') return { refusal: 'sign_in_denied' }
  try {
    const strategy = await strategyFor(ctx, openLine(ctx.guardedFetch), provider)
    return { account: await comeBack(strategy, answeredAddress(ctx, flow, answer), flow.bag) }
  } catch (error) {
    if (!(error instanceof Problem && isRefusal(error.code))) throw error
    // Only in words: what libraries hang on their errors, claims and parameters, is about a person.
    const reason = error.cause instanceof Error ? error.cause.message : undefined
    ctx.log.info({ provider: flow.provider, reason }, error.code)
    return { refusal: error.code }
  }
}

/**
 * Takes the player back from the provider, and leads them on to the game with a code of ours. Whether the provider
 * has vouched for them, the game learns when it trades that code.
 */
export async function finishFlow(
  ctx: Ctx,
  name: string,
  answer: Answer,
  cookies: string | undefined,
) {
  const flow = await takeFlow(ctx, name, answer.state, cookies)
  const provider = await openProvider(ctx, flow.environmentId, name)
  assertIssuer(ctx, provider, answer.iss)
  const { environmentId, codeChallenge } = flow
  const outcome = { environmentId, codeChallenge, ...(await identify(ctx, provider, flow, answer)) }
  const code = mintStepName()
  await keepStep(ctx, 'oauth-code', code, outcome, codeTtlSeconds)
  return leadBack(flow, code, unmarkBrowser(ctx, answer.state))
}

/**
 * A provider that answers with a form (response_mode=form_post) comes from another site, so the browser leaves our
 * cookie at home. Sent on as a page load of its own, it brings it along.
 */
export function turnFormIntoPage(ctx: Ctx, name: string, form: Buffer) {
  const fields = [...new URLSearchParams(form.toString('utf8'))]
  const names = fields.map(([field]) => field)
  if (new Set(names).size < names.length) {
    throw new Problem('invalid_request', { detail: 'A field is given more than once.' })
  }
  const answer = parseInput(CallbackQuery, Object.fromEntries(fields), '')
  const address = new URL(callbackUrl(ctx, name))
  for (const field of ['state', 'code', 'error', 'iss'] as const) {
    const value = answer[field]
    if (value !== undefined) address.searchParams.set(field, value)
  }
  const headers = { location: address.href, 'referrer-policy': 'no-referrer' }
  return new Reply('', { status: 303, headers })
}
