import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Identity, identityHeader, writeIdentity } from '@aethex/shared/auth'
import { z } from 'zod'

/** What the gateway and the app share in these tests. */
export const internalSecret = 'only for tests, and long enough for it'

type Who = Omit<Identity, 'issued_at'>

export const player = (over: Partial<Who> = {}): Who => ({
  environment_id: randomUUID(),
  player_id: randomUUID(),
  session_id: randomUUID(),
  caller: 'player',
  scopes: [],
  consents: ['analytics'],
  ...over,
})

export const server = (environmentId: string, over: Partial<Who> = {}): Who => ({
  environment_id: environmentId,
  player_id: null,
  session_id: null,
  caller: 'server',
  scopes: ['analytics:read', 'analytics:write'],
  consents: [],
  ...over,
})

export const newEvent = (over: Record<string, unknown> = {}) => ({
  event_id: randomUUID(),
  name: 'level.finished',
  time: new Date().toISOString(),
  properties: { level: 3, perks: ['shield'] },
  ...over,
})

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** Posts what the gateway would pass on for this caller; text and bytes are sent as they are. */
export async function post(
  url: string,
  route: 'events' | 'query',
  body: object | string | Uint8Array<ArrayBuffer>,
  who: Who | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(`${url}/api/v1/analytics/${route}`, {
    method: 'POST',
    body: isRaw ? body : JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(who === undefined ? {} : { [identityHeader]: writeIdentity(internalSecret, who) }),
      ...headers,
    },
  })
  const parsed = z.record(z.string(), z.unknown()).parse(await response.json())
  return { status: response.status, headers: response.headers, body: parsed }
}

const dayMs = 86_400_000
export const dayFromNow = (days: number) =>
  new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)

const Counted = z.object({ rows: z.array(z.object({ events: z.int() })) })

/** How many events the environment has around today, as the question endpoint tells it. */
export async function countEvents(url: string, environmentId: string, name?: string) {
  const range = { from: dayFromNow(-1), to: dayFromNow(1), ...(name === undefined ? {} : { name }) }
  const { body } = await post(
    url,
    'query',
    { question: 'events_per_day', ...range },
    server(environmentId),
  )
  return Counted.parse(body).rows.reduce((sum, row) => sum + row.events, 0)
}

const patienceMs = 20_000

/** Waits until a look succeeds and its answer fits; fails with the last thing seen. */
export async function eventually<T>(
  look: () => Promise<T>,
  fits: (seen: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const seen = await look().catch((error: unknown) => ({ error }))
    const failed = typeof seen === 'object' && seen !== null && 'error' in seen
    if (!failed && fits(seen)) return seen
    if (Date.now() > deadline)
      throw new Error(`never came true; last seen: ${JSON.stringify(seen)}`)
    await sleep(50)
  }
}
