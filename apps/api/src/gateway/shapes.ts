import { Problem } from '@aethex/shared/errors'
import { isSafeText, queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { foldPassword, isWellKnown, isWordWithDigits } from './well-known-passwords.js'

/** A text that is kept as it was sent. */
export const text = (min: number, max: number) =>
  z.string().min(min).max(max).refine(isSafeText, 'holds NUL or half of a surrogate pair')

/** How long a password is: code points after NFKC, which is what is hashed. */
export const passwordLength = (password: string) => [...password.normalize('NFKC')].length

/** 8 to 1024 code points, any characters, no composition rule, none of the well-known (NIST SP 800-63B §3.1.1.2). */
export const Password = z
  .string()
  .max(4_096)
  .refine(value => passwordLength(value) >= 8, 'is shorter than 8 characters')
  .refine(value => passwordLength(value) <= 1_024, 'is longer than 1024 characters')
  .refine(value => !isWellKnown(value), 'is one of the passwords that attackers try first')

/** Whether a password is one of the texts that anybody knows of its account, in any case, with digits behind it or not. */
export function isNamedAfter(password: string, ...known: (string | undefined)[]): boolean {
  const words = new Set(known.flatMap(word => (word === undefined ? [] : [foldPassword(word)])))
  return isWordWithDigits(foldPassword(password), word => words.has(word))
}

/** An id in a path. Kept in lower case, as we write ids: object keys are made of them. */
export const Id = z.uuid().toLowerCase()

export const Email = z.email().max(254)

export const Session = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal('Bearer'),
    /** Seconds until the access token expires. */
    expires_in: z.int(),
  })
  .meta({ id: 'Session' })

/** One page of a list. */
export const Page = z.strictObject({
  limit: queryInteger(1, 100).default(20),
  cursor: z.string().max(512).optional(),
})

/** The version that an If-Match names; undefined when any will do. What no ETag of ours says matches nothing. */
export function ifMatchVersion(ifMatch: string | string[] | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined
  const version = /^"(\d{1,9})"$/.exec(String(ifMatch))?.[1]
  if (version === undefined) throw new Problem('version_mismatch')
  return Number(version)
}
