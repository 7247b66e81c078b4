import { isSafeText } from '@aethex/shared/http'
import { z } from 'zod'

/** Somebody whom a provider has vouched for. */
export const ExternalAccount = z.object({
  provider: z.string(),
  /** What the provider calls the account for ever. */
  subject: z.string().min(1).max(255).refine(isSafeText),
  /** Null unless the provider says that it has verified it. */
  email: z.string().nullable(),
  name: z.string().nullable(),
})
export type ExternalAccount = z.infer<typeof ExternalAccount>

const Address = z.email().max(254)

/** An address that is one, and verified; nothing else is kept. */
export const verifiedEmail = (email: unknown, isVerified: unknown): string | null => {
  const parsed = Address.safeParse(email)
  // Some write the boolean as a text.
  return parsed.success && (isVerified === true || isVerified === 'true') ? parsed.data : null
}

/** The first of the names that there is, cut to what is worth keeping. */
export function displayName(...names: unknown[]): string | null {
  const found = names.find(
    name => typeof name === 'string' && name.trim() !== '' && isSafeText(name),
  )
  return typeof found === 'string' ? [...found.trim()].slice(0, 100).join('') : null
}
