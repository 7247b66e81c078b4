import { createHmac, randomBytes } from 'node:crypto'

const secretBytes = 32
const prefix = 'whsec_'

/** `whsec_` and 256 random bits in base64 (Standard Webhooks, "Signature scheme"). */
export const mintWebhookSecret = () => prefix + randomBytes(secretBytes).toString('base64')

/** One `v1` signature for each secret, so that a receiver may know either of two while they change over. */
export function signaturesOf(
  secrets: readonly string[],
  message: { id: string; timestamp: number; body: string },
): string {
  const signed = `${message.id}.${message.timestamp}.${message.body}`
  return secrets
    .map(secret => {
      const key = Buffer.from(secret.slice(prefix.length), 'base64')
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
    })
    .join(' ')
}
