import type { IncomingMessage } from 'node:http'
import { unavailable } from '@aethex/shared/errors'
import { readBytes } from '@aethex/shared/http'
import { z } from 'zod'
import { admitEvents, countEvents } from '../studio/billing/service.js'
import type { Actor, Parts } from './context.js'

const eventsPath = '/api/v1/analytics/events'

/** Whether a request brings events, which are counted and may be used up. */
export const bringsEvents = (method: string | undefined, path: string) =>
  method === 'POST' && path === eventsPath

const Accepted = z.object({ accepted: z.int().min(0) })
const largestAnswer = 65_536

function acceptedIn(bytes: Buffer): number {
  try {
    return Accepted.parse(JSON.parse(bytes.toString())).accepted
  } catch {
    return 0
  }
}

/** Whether the caller's events may come in now; answers the warning to send along when few more may. */
export async function admitBatch(parts: Parts, actor: Actor): Promise<string | undefined> {
  if (actor.kind === 'player') return admitEvents(parts, actor.environmentId, actor.playerId)
  if (actor.kind === 'server') return admitEvents(parts, actor.environmentId, undefined)
  return undefined
}

/** Counts what the analytics app says it has accepted. The bytes of its answer, to be passed back. */
export async function countBatch(parts: Parts, actor: Actor, answer: IncomingMessage) {
  const bytes = await readBytes(answer, largestAnswer).catch(error => {
    throw unavailable('analytics', error)
  })
  if (answer.statusCode === 202 && 'environmentId' in actor) {
    countEvents(parts, actor.environmentId, acceptedIn(bytes))
  }
  return bytes
}
