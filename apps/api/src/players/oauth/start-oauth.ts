import type { z } from 'zod'
import type { Ctx } from '../../gateway/context.js'
import { beginFlow } from './begin-flow.js'
import type { OauthStart } from './schema.js'
import { tradeAccessToken, tradeIdToken } from './trade-token.js'

/** Begins a sign-in through the browser, or trades the token that a native game has got by itself. */
export async function startOauth(ctx: Ctx, provider: string, input: z.output<typeof OauthStart>) {
  const { id_token, access_token, nonce, redirect_uri = '', code_challenge = '' } = input
  if (id_token !== undefined) return tradeIdToken(ctx, provider, id_token, nonce)
  if (access_token !== undefined) return tradeAccessToken(ctx, provider, access_token)
  return beginFlow(ctx, provider, {
    redirectUri: redirect_uri,
    mode: input.mode,
    codeChallenge: code_challenge,
    gameState: input.state,
  })
}
