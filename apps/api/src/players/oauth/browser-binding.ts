import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Parts } from '../../gateway/context.js'

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

const isSecure = ({ publicUrl }: Parts) => publicUrl.startsWith('https:')

// One cookie per sign-in, so that two tabs do not undo each other. `__Host-` keeps other hosts of the domain out.
const nameFor = (parts: Parts, state: string) =>
  `${isSecure(parts) ? '__Host-' : ''}aethex_sign_in_${digest(state).slice(0, 16)}`

const cookie = (parts: Parts, name: string, value: string, maxAgeSeconds: number) =>
  [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure(parts) ? ['Secure'] : []),
  ].join('; ')

/** Marks the browser that sets out: `setCookie` for it, `mark` to be kept. */
export function markBrowser(parts: Parts, state: string, maxAgeSeconds: number) {
  const secret = randomBytes(24).toString('base64url')
  return {
    mark: digest(secret),
    setCookie: cookie(parts, nameFor(parts, state), secret, maxAgeSeconds),
  }
}

/** Whether the browser that comes back is the one that set out. */
export function isSameBrowser(
  parts: Parts,
  state: string,
  mark: string,
  cookieHeader: string | undefined,
): boolean {
  const wanted = `${nameFor(parts, state)}=`
  const found = (cookieHeader ?? '')
    .split(';')
    .map(pair => pair.trim())
    .find(pair => pair.startsWith(wanted))
  if (found === undefined) return false
  const given = Buffer.from(digest(found.slice(wanted.length)))
  const kept = Buffer.from(mark)
  return given.length === kept.length && timingSafeEqual(given, kept)
}

export const unmarkBrowser = (parts: Parts, state: string) =>
  cookie(parts, nameFor(parts, state), '', 0)
