import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Problem } from '@aethex/shared/errors'
import { z } from 'zod'
import { agreedAmong } from '../players/privacy/service.js'
import type { Parts } from './context.js'

const inflate = promisify(gunzip)

const Batch = z.object({ events: z.array(z.object({ player_id: z.uuid().optional() })) })

/** Undefined for what is no batch of events: the analytics app refuses that, and says why. */
async function readBatch(body: Buffer, encoding: string | undefined, limit: number) {
  try {
    const isGzip = encoding?.toLowerCase() === 'gzip'
    const bytes = isGzip ? await inflate(body, { maxOutputLength: limit }) : body
    return Batch.parse(JSON.parse(bytes.toString())).events
  } catch {
    return undefined
  }
}

const mostErrors = 20

/**
 * Refuses a batch of a studio's server that names players who have not agreed to analytics, children among them:
 * what a game may not send, its server may not either. Events that name nobody are the studio's own.
 */
export async function assertSubjectsAgreed(
  parts: Parts,
  environmentId: string,
  sent: { body: Buffer; encoding: string | undefined; limit: number },
): Promise<void> {
  const events = await readBatch(sent.body, sent.encoding, sent.limit)
  const named = (events ?? []).map(({ player_id }) => player_id?.toLowerCase())
  const ids = [...new Set(named.filter(id => id !== undefined))]
  if (ids.length === 0) return
  const agreed = await agreedAmong(parts, environmentId, ids, 'analytics')
  const errors = named.flatMap((id, index) =>
    id === undefined || agreed.has(id)
      ? []
      : [{ pointer: `/events/${index}/player_id`, reason: 'has not agreed to analytics' }],
  )
  if (errors.length === 0) return
  throw new Problem('consent_required', {
    detail: 'Leave out the events about players who have not agreed, or their player_id.',
    errors: errors.slice(0, mostErrors),
  })
}
