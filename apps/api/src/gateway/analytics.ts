import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream/promises'
import { identityHeader, writeIdentity } from '@aethex/shared/auth'
import { notFound, Problem, unavailable } from '@aethex/shared/errors'
import { type RequestFacts, readBytes } from '@aethex/shared/http'
import { grantedPurposes } from '../players/privacy/service.js'
import { usageWarningHeader } from '../studio/billing/service.js'
import { assertAgreed } from './agreement.js'
import type { Actor, Parts } from './context.js'
import { actorOf } from './credentials.js'
import { assertSubjectsAgreed } from './event-subjects.js'
import { admitBatch, bringsEvents, countBatch } from './event-usage.js'

export const analyticsPrefix = '/api/v1/analytics/'

const deadlineMs = 5_000
// As much as the analytics app takes; it says so itself when a body inflates to more.
const bodyLimit = 1_048_576
const passedOn = ['content-type', 'content-encoding', 'idempotency-key', 'traceparent']
const notPassedBack = ['connection', 'keep-alive', 'x-request-id', 'date']

async function identityOf(parts: Parts, actor: Actor) {
  if (actor.kind === 'player') {
    const { environmentId, playerId, sessionId } = actor
    return {
      environment_id: environmentId,
      player_id: playerId,
      session_id: sessionId,
      caller: 'player' as const,
      scopes: [],
      consents: await grantedPurposes(parts, environmentId, playerId),
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

  const sendOnce = (onward: RequestOptions & { url: URL; body: Buffer }) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(onward.url, onward, resolve)
      request.on('timeout', () => request.destroy(new Error('analytics took too long')))
      request.on('error', error => reject(Object.assign(error, { reused: request.reusedSocket })))
      request.end(onward.body)
    })

  /** A socket that was kept open may have been closed by the other side meanwhile: then once more. */
  const send = async (onward: Parameters<typeof sendOnce>[0]): Promise<IncomingMessage> => {
    try {
      return await sendOnce(onward).catch(error => {
        if (error.reused && error.code === 'ECONNRESET') return sendOnce(onward)
        throw error
      })
    } catch (error) {
      throw unavailable('analytics', error)
    }
  }

  return async (facts: RequestFacts, response: ServerResponse): Promise<void> => {
    const { request, requestId } = facts
    const actor = await actorOf(parts, facts, { auth: ['player', 'server'] })
    if (actor.kind === 'player') await assertAgreed(parts, actor, request.url ?? '')
    const headers: Record<string, string> = { 'x-request-id': requestId }
    for (const name of passedOn) {
      const value = request.headers[name]
      if (typeof value === 'string') headers[name] = value
    }
    const body = await readBytes(request, bodyLimit)
    // Asked after a slow body has arrived: a withdrawal meanwhile counts.
    headers[identityHeader] = writeIdentity(secret, await identityOf(parts, actor))
    if (actor.kind === 'server') {
      const encoding = request.headers['content-encoding']
      const sent = { body, encoding, limit: bodyLimit }
      await assertSubjectsAgreed(parts, actor.environmentId, sent)
    }
    headers['content-length'] = String(body.length)
    const url = new URL(request.url ?? '/', base)
    if (!url.pathname.startsWith(analyticsPrefix)) throw notFound()
    const isBatch = bringsEvents(request.method, url.pathname)
    const warning = isBatch ? await admitBatch(parts, actor) : undefined
    const answer = await send({
      url,
      method: request.method,
      headers,
      agent,
      body,
      timeout: deadlineMs,
    })
    const back = { ...answer.headers }
    for (const name of notPassedBack) delete back[name]
    if (warning !== undefined) back[usageWarningHeader] = warning
    const counted = isBatch ? await countBatch(parts, actor, answer) : undefined
    response.writeHead(answer.statusCode ?? 502, back)
    if (counted !== undefined) {
      response.end(counted)
      return
    }
    // Half an answer cannot be taken back: whichever side broke, the other is told by a closed connection.
    await pipeline(answer, response).catch(() => response.destroy())
  }
}
