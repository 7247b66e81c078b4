import { toBase64 } from '../../core/base64.js'
import { AeThexError, hasCode } from '../../core/error.js'
import type { Http } from '../../core/http.js'
import type { Session } from '../../core/session.js'
import { patienceMs } from './transfer.js'

interface PartSenderParts {
  session: Session
  http: Http
  playerId: string
  pathOf(part: string): string
  /** Some part has got there. */
  hasArrived: boolean
}

interface Part {
  part: number
  bytes: Uint8Array<ArrayBuffer>
  signal: AbortSignal
  /** Where it goes by itself, good for some minutes; undefined when it goes through the API. */
  addressOf(): Promise<string | undefined>
}

const type = 'application/octet-stream'
/** Bytes that were damaged on their way, or an address that was too old. */
const mostTries = 3

/** RFC 9530; nothing where the page cannot count it. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, string>> {
  // Pages that are not served securely cannot count a hash.
  if (crypto.subtle === undefined) return {}
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return { 'content-digest': `sha-256=:${toBase64(digest)}:` }
}

/** Sends one part, through the API or to the object store, as often as it takes. */
export function createPartSender({ session, http, playerId, ...parts }: PartSenderParts) {
  let { hasArrived } = parts

  async function putElsewhere(elsewhere: string, { bytes, signal }: Part): Promise<void> {
    const timeoutMs = patienceMs(bytes.length)
    const content = { type, bytes }
    const call = { method: 'PUT', path: '', elsewhere, content, timeoutMs, signal } as const
    try {
      await http.request(call)
      hasArrived = true
    } catch (thrown) {
      // A browser says no more than that when the store does not let the page in.
      if (hasArrived || !hasCode(thrown, 'network_failed')) throw thrown
      const message = 'The object store cannot be reached from here.'
      throw new AeThexError('direct_upload_unavailable', message, { cause: thrown })
    }
  }

  async function put(sent: Part): Promise<void> {
    const elsewhere = await sent.addressOf()
    if (elsewhere !== undefined) return putElsewhere(elsewhere, sent)
    const { part, bytes, signal } = sent
    await session.request(
      {
        method: 'PUT',
        path: parts.pathOf(String(part)),
        content: { type, bytes },
        headers: await digestOf(bytes),
        timeoutMs: patienceMs(bytes.length),
        signal,
      },
      playerId,
    )
  }

  return async (part: Part): Promise<void> => {
    for (let tried = 1; ; tried++) {
      try {
        return await put(part)
      } catch (thrown) {
        // Another tab has brought it to its end.
        if (hasCode(thrown, 'upload_completed')) return
        const isOld = thrown instanceof AeThexError && thrown.status === 403
        const mayHelp = hasCode(thrown, 'digest_mismatch') || isOld
        if (!mayHelp || tried === mostTries) throw thrown
      }
    }
  }
}
