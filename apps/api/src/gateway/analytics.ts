import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { identityHeader, writeIdentity } from '@aethex/shared/auth'
import { Problem, unavailable } from '@aethex/shared/errors'
import type { RequestFacts } from '@aethex/shared/http'
import { grantedPurposes } from '../players/privacy/service.js'
import type { Actor, Parts } from './context.js'
import { actorOf } from './credentials.js'

export const analyticsPrefix = '/api/v1/analytics/'

const deadlineMs = 10_000
const passedOn = [
  'content-type',
  'content-encoding',
  'content-length',
  'idempotency-key',
  'traceparent',
  'transfer-encoding',
]

async function identityOf(parts: Parts, actor: Actor) {
  if (actor.kind === 'player') {
    const { environmentId, playerId, sessionId } = actor
    return {
      environment_id: environmentId,
      player_id: playerId,
      session_id: sessionId,
      caller: 'player' as const,
      scopes: [],
      consents: await grantedPurposes(environmentId, parts.db, playerId),
    }
  }
  if (actor.kind !== 'server') throw new Problem('credential_missing')
  return {
    environment_id: actor.environmentId,
    player_id: null,
    session_id: null,
    caller: 'server' as const,
    scopes: [...actor.scopes],
    consents: [],
  }
}

/**
 * Passes a request on to the analytics app, which trusts only the identity signed here.
 * What the player agreed to rides along, because consent lives with the players.
 */
export function forwardToAnalytics(parts: Parts, analyticsUrl: string, secret: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const base = new URL(analyticsUrl)

  const pipe = (
    request: IncomingMessage,
    response: ServerResponse,
    headers: Record<string, string>,
  ) =>
    new Promise<void>((resolve, reject) => {
      const onward = httpRequest(
        new URL(request.url ?? '/', base),
        { method: request.method, headers, agent, timeout: deadlineMs },
        answer => {
          const back = { ...answer.headers }
          for (const name of ['connection', 'keep-alive', 'x-request-id', 'date']) delete back[name]
          response.writeHead(answer.statusCode ?? 502, back)
          answer.pipe(response)
          answer.on('end', resolve)
          answer.on('error', reject)
        },
      )
      onward.on('timeout', () => onward.destroy(new Error('analytics took too long')))
      onward.on('error', error => reject(unavailable('analytics', error)))
      request.pipe(onward)
    })

  return async ({ request, requestId }: RequestFacts, response: ServerResponse): Promise<void> => {
    const actor = await actorOf(parts, request, { auth: ['player', 'server'] })
    const headers: Record<string, string> = { 'x-request-id': requestId }
    for (const name of passedOn) {
      const value = request.headers[name]
      if (typeof value === 'string') headers[name] = value
    }
    headers[identityHeader] = writeIdentity(secret, await identityOf(parts, actor))
    await pipe(request, response, headers)
  }
}
