import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Site } from './site.js'

/** A signed-in guest and the headers of their requests. */
export interface Player {
  id: string
  headers: Record<string, string>
}

const SignedIn = z.object({
  user: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string() }),
})

async function signIn({ stack, demo }: Site, index: number): Promise<Player> {
  const own = { 'x-api-key': demo.publishable_key, 'x-forwarded-for': `10.0.0.${index + 1}` }
  const response = await fetch(`${stack.urls.api}/api/v1/auth/anonymous`, {
    method: 'POST',
    headers: { ...own, 'content-type': 'application/json' },
    body: JSON.stringify({ device_secret: randomBytes(24).toString('base64url') }),
  })
  const { user, session } = SignedIn.parse(await response.json())
  return { id: user.id, headers: { ...own, authorization: `Bearer ${session.access_token}` } }
}

/** Guests of the demo project, each behind an address of its own. */
export const signInPlayers = (site: Site, count: number): Promise<Player[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => signIn(site, index)))

/** A request as it goes over the wire. */
export function requestBytes(
  method: string,
  target: string,
  headers: Record<string, string>,
  body = '',
  contentType = 'application/json',
): Buffer {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const type = body === '' ? {} : { 'content-type': contentType }
  const all = { host: '127.0.0.1', ...headers, ...type, ...length }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
