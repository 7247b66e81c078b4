import { freshEnvironment, type SharedStack, type TestEnvironment } from '@aethex/shared/testing'
import { SignedIn } from '../players/auth/schema.js'
import { type Caller, callerOf } from './caller.js'

/** A guest of the place. */
export interface PlacePlayer {
  id: string
  deviceSecret: string
  headers: Record<string, string>
  as: Caller
}

export interface PrivacyPlace {
  environment: TestEnvironment
  /** Calls as the studio's member. */
  studio: Caller
  /** `/studio/environments/…` of this place. */
  path: string
  /** Calls as a game before anybody signed in. */
  game: Caller
  set(setting: string, value: object): Promise<void>
  publish(policy: object): ReturnType<Caller>
  /** A guest, made at this API or at another one of the same stack. */
  player(apiUrl?: string): Promise<PlacePlayer>
}

/** An environment of its own, with ways to ask as its studio, its game and its players. */
export async function openPrivacyPlace(stack: SharedStack): Promise<PrivacyPlace> {
  const environment = await freshEnvironment(stack)
  const bearer = { authorization: `Bearer ${environment.memberToken}` }
  const studio = callerOf(environment.apiUrl, bearer)
  const path = `/studio/environments/${environment.environmentId}`
  const key = { 'x-api-key': environment.publishableKey }
  return {
    environment,
    studio,
    path,
    game: callerOf(environment.apiUrl, key),
    async set(setting, value) {
      const answer = await studio('PUT', `${path}/settings/${setting}`, value)
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    },
    publish: policy => studio('POST', `${path}/policies`, policy),
    player: (apiUrl = environment.apiUrl) => freshGuest(environment, apiUrl),
  }
}

async function freshGuest({ publishableKey }: TestEnvironment, apiUrl: string) {
  const key = { 'x-api-key': publishableKey }
  const deviceSecret = crypto.randomUUID() + crypto.randomUUID()
  const answer = await callerOf(apiUrl, key)('POST', '/auth/anonymous', {
    device_secret: deviceSecret,
  })
  const { user, session } = SignedIn.parse(answer.body)
  const headers = { ...key, authorization: `Bearer ${session.access_token}` }
  return { id: user.id, deviceSecret, headers, as: callerOf(apiUrl, headers) }
}

/** Waits until a look is true; false when it was not within the time. */
export async function within(ms: number, look: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + ms
  for (;;) {
    if (await look()) return true
    if (performance.now() > deadline) return false
    await new Promise(resolve => setTimeout(resolve, 40))
  }
}
