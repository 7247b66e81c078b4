import { z } from 'zod'
import { ExternalAccount } from './external-account.js'
import { flowModes } from './schema.js'

/** Minutes are enough for a password manager and a second factor. */
export const flowTtlSeconds = 600
/** The game is waiting for it. */
export const codeTtlSeconds = 60

/** A sign-in on its way. */
export const Flow = z.object({
  environmentId: z.string(),
  provider: z.string(),
  redirectUri: z.string(),
  mode: z.enum(flowModes),
  codeChallenge: z.string(),
  gameState: z.string().optional(),
  /** What the strategy needs when the player is back. */
  bag: z.record(z.string(), z.unknown()),
  /** Where the player goes: the provider's page. */
  leavesFor: z.string(),
  state: z.string(),
})
export type Flow = z.infer<typeof Flow>

/** The flow once a browser has set out with it. */
export const MarkedFlow = Flow.extend({ mark: z.string() })

export const refusals = [
  'sign_in_denied',
  'provider_refused',
  'provider_unavailable',
  'provider_timeout',
  'identity_token_invalid',
] as const
export type Refusal = (typeof refusals)[number]

/** What a code stands for: somebody, or the reason why it is nobody. The game hears either when it trades the code. */
export const Outcome = z.object({
  environmentId: z.string(),
  codeChallenge: z.string(),
  account: ExternalAccount.optional(),
  refusal: z.enum(refusals).optional(),
})
