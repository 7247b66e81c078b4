import { accessTtlSeconds } from '@aethex/shared/auth'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'

/** Which sessions and keys have been revoked lately, known in this process without asking anyone. */
export interface Revocations extends Closable {
  isRevoked(id: string): boolean
  /** False while the database cannot be asked: then nothing remembered may be trusted. */
  isFresh(): boolean
  /** Takes effect here at once; the other processes learn of it within half a second. */
  note(id: string): void
}

const everyMs = 400
const staleAfterMs = 950
// A revocation commits a little after its own timestamp, so each look reaches back further than the last.
const overlapSeconds = 10
const memorySeconds = accessTtlSeconds + 120

/**
 * Asks the database several times a second for what was revoked since. It needs no other part,
 * misses nothing, and costs requests nothing.
 */
export async function watchRevocations(
  revokedWithin: (seconds: number) => Promise<string[]>,
  log: Logger,
): Promise<Revocations> {
  const revoked = new Map<string, number>()
  let lastLook = Number.NEGATIVE_INFINITY
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const note = (id: string) => {
    if (!revoked.has(id)) revoked.set(id, performance.now())
  }
  const look = async () => {
    const startedAt = performance.now()
    const away = (startedAt - lastLook) / 1_000 + overlapSeconds
    for (const id of await revokedWithin(Math.min(away, memorySeconds))) note(id)
    lastLook = startedAt
    // Insertion order is order of age.
    for (const [id, at] of revoked) {
      if (startedAt - at < memorySeconds * 1_000) break
      revoked.delete(id)
    }
  }
  const turn = () => {
    look()
      .catch(error => log.warn({ err: error }, 'revocations cannot be read'))
      .finally(() => {
        if (!closed) timer = setTimeout(turn, everyMs)
      })
  }
  await look()
  timer = setTimeout(turn, everyMs)
  return {
    isRevoked: id => revoked.has(id),
    isFresh: () => performance.now() - lastLook < staleAfterMs,
    note,
    close: async () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
