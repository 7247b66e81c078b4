import { identityHeader, writeIdentity } from '@aethex/shared/auth'
import { unavailable } from '@aethex/shared/errors'

/** Asks the analytics app something in the name of an environment, which no caller may ask. */
export type AskAnalytics = (
  environmentId: string,
  path: `/internal/${string}`,
  body: object,
) => Promise<unknown>

const deadlineMs = 35_000

/** Throws `unavailable` when it does not answer, or not with a 200. */
export const analyticsClient =
  (analyticsUrl: string, secret: string): AskAnalytics =>
  async (environmentId, path, body) => {
    const identity = writeIdentity(secret, {
      environment_id: environmentId,
      player_id: null,
      session_id: null,
      caller: 'server',
      scopes: ['privacy:read', 'privacy:write'],
      consents: [],
    })
    try {
      const answer = await fetch(new URL(path, analyticsUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json', [identityHeader]: identity },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(deadlineMs),
      })
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
      return await answer.json()
    } catch (error) {
      throw unavailable('analytics', error)
    }
  }
