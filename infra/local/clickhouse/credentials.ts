import { createHash, timingSafeEqual } from 'node:crypto'
import { QueryError } from './query-error.js'
import type { Credentials } from './request.js'

/** Throws the server's own refusal unless the given credentials are the expected ones. */
export function assertCredentials(given: Credentials, expected: Credentials): void {
  const isUser = isSame(given.user, expected.user)
  const isPassword = isSame(given.password, expected.password)
  if (isUser && isPassword) return
  throw new QueryError(
    516,
    'AUTHENTICATION_FAILED',
    `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`,
  )
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
