import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** Who a request is from, as the gateway tells the apps behind it. */
export const Identity = z.object({
  environment_id: z.uuid(),
  player_id: z.uuid().nullable(),
  session_id: z.uuid().nullable(),
  caller: z.enum(['player', 'server', 'member']),
  scopes: z.array(z.string()),
  consents: z.array(z.string()),
  /** Unix time in milliseconds; an identity is worth nothing a minute later. */
  issued_at: z.int(),
})
export type Identity = z.infer<typeof Identity>

export const identityHeader = 'x-aethex-identity'

const freshForMs = 60_000

const sign = (secret: string, payload: string) =>
  createHmac('sha256', secret).update(payload).digest('base64url')

export function writeIdentity(secret: string, identity: Omit<Identity, 'issued_at'>): string {
  const payload = Buffer.from(JSON.stringify({ ...identity, issued_at: Date.now() })).toString(
    'base64url',
  )
  return `${payload}.${sign(secret, payload)}`
}

/** The identity in a header that our gateway signed within the last minute; undefined for anything else. */
export function readIdentity(
  secret: string,
  header: string | string[] | undefined,
): Identity | undefined {
  if (typeof header !== 'string') return undefined
  const [payload = '', signature = ''] = header.split('.', 2)
  const expected = Buffer.from(sign(secret, payload))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const identity = Identity.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (!identity.success) return undefined
  return Math.abs(Date.now() - identity.data.issued_at) < freshForMs ? identity.data : undefined
}
