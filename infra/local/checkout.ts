import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout; right for the sources here and for their bundle in infra/dist alike. */
export const checkout = fileURLToPath(new URL('../../', import.meta.url))

/** A path inside the checkout. */
export function inCheckout(...parts: string[]): string {
  return path.join(checkout, ...parts)
}
