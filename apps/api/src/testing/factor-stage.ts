import type { Running } from '@aethex/shared/lifecycle'
import {
  type Answer,
  freshEnvironment,
  type SharedStack,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { z } from 'zod'
import { startAnotherApi } from './another-api.js'
import { totpAt } from './authenticator-app.js'
import { type Caller, callerOf } from './caller.js'

const Session = z.object({
  user: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string(), refresh_token: z.string() }),
})
const Enrolled = z.object({ totp: z.object({ secret: z.string() }) })
const Codes = z.object({ recovery_codes: z.array(z.string()) })
const Required = z.object({
  code: z.literal('second_factor_required'),
  mfa_token: z.string(),
  factors: z.array(z.string()),
})

/** A guest: the cheapest player to sign in, again and again. */
export interface Guest {
  id: string
  deviceSecret: string
  refreshToken: string
  /** Calls with the guest's token. */
  api: Caller
}

/** A guest whose authenticator app is in force. */
export interface EnrolledGuest extends Guest {
  secret: string
  recoveryCodes: string[]
}

/** An API process whose clock the test moves, an environment, and what players do there. */
export interface FactorStage {
  api: Running
  environment: TestEnvironment
  /** Calls as a game that nobody has signed in to. */
  game: Caller
  now(): number
  forward(seconds: number): void
  signIn(deviceSecret: string): Promise<Answer>
  guest(deviceSecret?: string): Promise<Guest>
  enrolledGuest(): Promise<EnrolledGuest>
  /** The code that the app shows once the last one is spent: the clock moves on by a step. */
  nextCode(secret: string): string
  /** The token of a sign-in that waits for its second factor. */
  firstFactor(guest: Guest): Promise<string>
  close(): Promise<void>
}

function readSession(answer: Answer) {
  if (answer.status < 300) return Session.parse(answer.body)
  throw new Error(`the guest was not signed in: ${JSON.stringify(answer.body)}`)
}

/** Opens the stage. `env` goes to the process, as in `startAnotherApi`. */
export async function openFactorStage(
  stack: SharedStack,
  env: Record<string, string> = {},
): Promise<FactorStage> {
  const environment = await freshEnvironment(stack)
  let ahead = 0
  const now = () => Date.now() + ahead
  const api = await startAnotherApi(stack, env, { now: () => new Date(now()) })
  const key = { 'x-api-key': environment.publishableKey }
  const game = callerOf(api.url, key)
  const signIn = (deviceSecret: string) =>
    game('POST', '/auth/anonymous', { device_secret: deviceSecret })

  const guest = async (deviceSecret = crypto.randomUUID() + crypto.randomUUID()) => {
    const { user, session } = readSession(await signIn(deviceSecret))
    const headers = { ...key, authorization: `Bearer ${session.access_token}` }
    return {
      id: user.id,
      deviceSecret,
      refreshToken: session.refresh_token,
      api: callerOf(api.url, headers),
    }
  }

  const stage: FactorStage = {
    api,
    environment,
    game,
    now,
    forward: seconds => {
      ahead += seconds * 1_000
    },
    signIn,
    guest,
    enrolledGuest: async () => {
      const made = await guest()
      const { totp } = Enrolled.parse((await made.api('POST', '/auth/second-factor/totp')).body)
      const code = totpAt(totp.secret, now())
      const answer = await made.api('POST', '/auth/second-factor/totp/confirm', { code })
      const { recovery_codes: recoveryCodes } = Codes.parse(answer.body)
      return { ...made, secret: totp.secret, recoveryCodes }
    },
    nextCode: secret => {
      stage.forward(30)
      return totpAt(secret, now())
    },
    firstFactor: async ({ deviceSecret }) => {
      const answer = await signIn(deviceSecret)
      return Required.parse(answer.body).mfa_token
    },
    close: () => api.close(),
  }
  return stage
}
