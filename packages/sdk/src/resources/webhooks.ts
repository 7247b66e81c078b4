import { AeThexError } from '../core/error.js'
import { attempt, type Result } from '../core/result.js'

/** The headers and the body of a request to a webhook endpoint, the body as it came: parsed and written again it differs. */
export interface WebhookRequest {
  headers: Headers | Record<string, string | string[] | undefined>
  body: string
}

export interface WebhookEvent {
  /** The same for every attempt: remember it to handle an event once. */
  id: string
  type: string
  /** When it happened, RFC 3339. */
  timestamp: string
  data: Record<string, unknown>
}

export interface WebhookOptions {
  /** How far the sender's clock may be from ours, in seconds; 300 unless said. */
  toleranceSeconds?: number
  /** Asked with the event's id; true refuses it as a repetition. Without it repetitions pass. */
  wasSeen?: (id: string) => boolean | Promise<boolean>
  /** Unix time in milliseconds; for tests. */
  now?: () => number
}

const prefix = 'whsec_'

const refuse = (detail: string) => new AeThexError('webhook_invalid', detail)

function headerOf(headers: WebhookRequest['headers'], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  if (typeof value !== 'string' || value === '') throw refuse(`The header ${name} is missing.`)
  return value
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}

async function isSigned(secret: string, signed: string, signatures: string): Promise<boolean> {
  const key = bytesOf(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret)
  if (key === undefined) throw refuse('The secret is not whsec_ and base64.')
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['verify'])
  const message = new TextEncoder().encode(signed)
  for (const each of signatures.split(' ')) {
    const [version, encoded = ''] = each.split(',', 2)
    const signature = bytesOf(encoded)
    if (version !== 'v1' || signature === undefined) continue
    // The platform compares in constant time.
    if (await crypto.subtle.verify('HMAC', imported, signature, message)) return true
  }
  return false
}

/**
 * Checks that a request to a webhook endpoint is ours, fresh and no repetition (Standard Webhooks, "Signature scheme").
 * Errors: `webhook_invalid`. `secret` is `whsec_…` as it was shown once; during a rotation either one fits.
 */
export function verifyWebhook(
  secret: string,
  { headers, body }: WebhookRequest,
  { toleranceSeconds = 300, wasSeen, now = Date.now }: WebhookOptions = {},
): Promise<Result<{ event: WebhookEvent }>> {
  return attempt(async () => {
    const id = headerOf(headers, 'webhook-id')
    const sentAt = headerOf(headers, 'webhook-timestamp')
    const signatures = headerOf(headers, 'webhook-signature')
    if (!(await isSigned(secret, `${id}.${sentAt}.${body}`, signatures))) {
      throw refuse('The signature does not fit.')
    }
    const ageSeconds = now() / 1_000 - Number(sentAt)
    if (!(Math.abs(ageSeconds) <= toleranceSeconds))
      throw refuse('It is too old, or from the future.')
    if (await wasSeen?.(id)) throw refuse('It was handled before.')
    const { type, timestamp, data } = JSON.parse(body)
    return { event: { id, type, timestamp, data } }
  })
}
