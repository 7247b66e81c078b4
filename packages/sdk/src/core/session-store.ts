import type { components } from '../generated/openapi.js'
import { createEmitter } from './emitter.js'
import type { AeThexError } from './error.js'
import { onStoredElsewhere } from './page.js'
import type { Store } from './storage.js'

/** A player as the API shows them: id, email (null for guests), username, avatar_url, created_at. */
export type User = components['schemas']['User']
type Tokens = components['schemas']['Session']

export interface StoredSession {
  user: User
  access_token: string
  refresh_token: string
  /** By this device's clock, in milliseconds. */
  expires_at: number
}

/** The stored session; always read from the storage, so that all tabs see the same one. */
export interface SessionStore {
  read(): StoredSession | undefined
  /** A new sign-in. */
  start(user: User, tokens: Tokens): void
  /** New tokens of the session that still holds `replacedRefreshToken`; false when there is no such any more. */
  renew(replacedRefreshToken: string, tokens: Tokens): boolean
  updateUser(user: User): void
  end(reason?: AeThexError): void
  onChange(listener: (user: User | null, reason?: AeThexError) => void): () => void
  close(): void
}

const name = 'session'

function parse(text: string): StoredSession | undefined {
  try {
    const session: StoredSession = JSON.parse(text)
    const isWhole =
      typeof session?.user?.id === 'string' && typeof session.access_token === 'string'
    return isWhole ? session : undefined
  } catch {
    return undefined
  }
}

const lifetimeOf = ({ access_token, refresh_token, expires_in }: Tokens) => ({
  access_token,
  refresh_token,
  expires_at: Date.now() + expires_in * 1000,
})

export function createSessionStore(store: Store, onFault: (thrown: unknown) => void): SessionStore {
  const changes = createEmitter<{ change: [user: User | null, reason?: AeThexError] }>(onFault)
  let text: string | null = null
  let session: StoredSession | undefined
  let announced: string | undefined

  function read(): StoredSession | undefined {
    const stored = store.read(name)
    if (stored !== text) {
      text = stored
      session = stored === null ? undefined : parse(stored)
    }
    return session
  }

  const write = (next: StoredSession | undefined) =>
    store.write(name, next === undefined ? null : JSON.stringify(next))

  function announce(reason?: AeThexError): void {
    const user = read()?.user
    const now = user === undefined ? undefined : JSON.stringify(user)
    if (now === announced) return
    announced = now
    if (reason === undefined) changes.emit('change', user ?? null)
    else changes.emit('change', user ?? null, reason)
  }

  const start = read()?.user
  announced = start === undefined ? undefined : JSON.stringify(start)
  const stopWatching = onStoredElsewhere(store.keyOf(name), () => announce())

  return {
    read,
    start(user, tokens) {
      write({ user, ...lifetimeOf(tokens) })
      announce()
    },
    renew(replacedRefreshToken, tokens) {
      const current = read()
      if (current?.refresh_token !== replacedRefreshToken) return false
      write({ user: current.user, ...lifetimeOf(tokens) })
      return true
    },
    updateUser(user) {
      const current = read()
      if (current?.user.id !== user.id) return
      write({ ...current, user })
      announce()
    },
    end(reason) {
      write(undefined)
      announce(reason)
    },
    onChange: listener => changes.on('change', listener),
    close() {
      stopWatching()
      changes.clear()
    },
  }
}
