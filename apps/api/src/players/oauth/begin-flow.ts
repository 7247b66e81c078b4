import { Problem } from '@aethex/shared/errors'
import { Reply } from '@aethex/shared/http'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { markBrowser } from './browser-binding.js'
import { leaveFor } from './drive-strategy.js'
import { Flow, flowTtlSeconds } from './flow.js'
import { keepStep, mintStepName, takeStep } from './kept-steps.js'
import { openLine } from './provider-line.js'
import { callbackUrl, openProvider } from './providers.js'
import { assertRedirectAllowed, type FlowMode } from './redirects.js'
import { strategyFor } from './strategies.js'

/** Prepares a sign-in through the browser, and answers where that browser has to go. */
export async function beginFlow(
  ctx: Ctx,
  name: string,
  wish: {
    redirectUri: string
    mode: FlowMode
    codeChallenge: string
    gameState?: string | undefined
  },
) {
  const environmentId = environmentOf(ctx)
  const provider = await openProvider(ctx, environmentId, name)
  await assertRedirectAllowed(ctx, environmentId, wish.mode, wish.redirectUri)
  const strategy = await strategyFor(ctx, openLine(ctx.guardedFetch), provider)
  const { url, bag } = await leaveFor(strategy, callbackUrl(ctx, name))
  const state = url.searchParams.get('state')
  if (!state) throw new Error('the strategy leaves without a state')
  const flowId = mintStepName()
  const flow: Flow = { ...wish, environmentId, provider: name, bag, leavesFor: url.href, state }
  await keepStep(ctx, 'oauth-flow', flowId, flow, flowTtlSeconds)
  return {
    // By way of ourselves: only on a page load of our own can the browser be given the cookie that binds it.
    authorization_url: `${ctx.publicUrl}/api/v1/auth/oauth/begin/${flowId}`,
    flow_id: flowId,
    expires_in: flowTtlSeconds,
  }
}

/** Sends the player's browser to the provider, marked so that nobody else can finish what it began. */
export async function sendToProvider(ctx: Ctx, flowId: string) {
  const flow = await takeStep(ctx, 'oauth-flow', flowId, Flow)
  if (flow === undefined) throw new Problem('sign_in_state_invalid')
  const { mark, setCookie } = markBrowser(ctx, flow.state, flowTtlSeconds)
  await keepStep(ctx, 'oauth-state', flow.state, { ...flow, mark }, flowTtlSeconds)
  return new Reply('', {
    status: 302,
    headers: {
      location: flow.leavesFor,
      'set-cookie': setCookie,
      'referrer-policy': 'no-referrer',
    },
  })
}
