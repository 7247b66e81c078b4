import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { purposes } from '../privacy/schema.js'

export type { Purpose } from '../privacy/schema.js'

/** What a document is: `terms`, `privacy`, or a name of the studio's own. */
export const PolicyKind = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'is not the name of a policy')

const isLanguage = (tag: string) => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** A BCP 47 tag such as `de-AT`, kept in its canonical form. */
export const Language = z
  .string()
  .min(2)
  .max(35)
  .refine(isLanguage, 'is not a language tag such as de-AT')
  .transform(tag => Intl.getCanonicalLocales(tag)[0] ?? tag)
  .meta({ openapi: { type: 'string', minLength: 2, maxLength: 35 } })

const Version = z.int().min(1).max(1_000_000)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in small hexadecimal letters')

const NewDocument = z
  .strictObject({
    locale: Language,
    title: text(1, 200),
    /** Where the document stands. The other way is `text`. */
    url: z
      .url({ protocol: /^https$/ })
      .max(2_048)
      .optional(),
    /** The document itself, in Markdown. */
    text: text(1, 100_000).optional(),
    /** With `url`: the SHA-256 of what stands there. Without it, the hash is that of the address. */
    sha256: Sha256.optional(),
  })
  .refine(({ url, text }) => (url === undefined) !== (text === undefined), {
    path: ['url'],
    error: 'is given, or `text` is: one of the two',
  })
  .refine(({ text, sha256 }) => text === undefined || sha256 === undefined, {
    path: ['sha256'],
    error: 'is for a document at a `url`; that of a text is computed',
  })

export const NewPolicy = z.strictObject({
  kind: PolicyKind,
  /** The first one is shown to readers whose language there is not. */
  documents: z
    .array(NewDocument)
    .min(1)
    .max(50)
    .refine(
      documents => new Set(documents.map(({ locale }) => locale)).size === documents.length,
      'names a language twice',
    ),
  /** From when on; at once when left out. It cannot lie in the past. */
  effective_from: z.iso.datetime({ offset: true }).max(40).optional(),
  requires_acceptance: z.boolean().default(true),
  /** Whether who accepted an earlier version must accept this one, too. */
  needs_reacceptance: z.boolean().default(true),
  /** Consents that lapse when it comes into force, and must be asked for again. */
  renews_consents: z.array(z.enum(purposes)).max(purposes.length).default([]),
})
export type NewPolicy = z.output<typeof NewPolicy>
export type NewDocument = NewPolicy['documents'][number]

export const hashOf = ({ text, url, sha256 }: NewDocument): Buffer =>
  sha256 === undefined
    ? createHash('sha256')
        .update(text ?? url ?? '')
        .digest()
    : Buffer.from(sha256, 'hex')

export const Policy = z
  .object({
    kind: z.string(),
    version: z.int(),
    locale: z.string(),
    title: z.string(),
    url: z.string().nullable(),
    /** Markdown. */
    text: z.string().nullable(),
    /** SHA-256 of the text, or of what stands at the address as the studio says, or of the address. */
    hash: z.string(),
    requires_acceptance: z.boolean(),
    needs_reacceptance: z.boolean(),
    effective_from: z.iso.datetime(),
  })
  .meta({ id: 'Policy' })

export const PolicyVersion = z
  .object({
    kind: z.string(),
    version: z.int(),
    requires_acceptance: z.boolean(),
    needs_reacceptance: z.boolean(),
    renews_consents: z.array(z.enum(purposes)),
    effective_from: z.iso.datetime(),
    published_at: z.iso.datetime(),
    documents: z.array(
      z.object({
        locale: z.string(),
        title: z.string(),
        url: z.string().nullable(),
        hash: z.string(),
      }),
    ),
  })
  .meta({ id: 'PolicyVersion' })

export const AcceptedPolicy = z.strictObject({
  kind: PolicyKind,
  version: Version,
  /** The `hash` of the document that the player saw, to be sure. */
  hash: Sha256.optional(),
})
export type AcceptedPolicy = z.output<typeof AcceptedPolicy>
export const AcceptedPolicies = z.array(AcceptedPolicy).min(1).max(20)

export const Acceptance = z
  .object({
    kind: z.string(),
    version: z.int(),
    locale: z.string(),
    hash: z.string(),
    accepted_at: z.iso.datetime(),
  })
  .meta({ id: 'PolicyAcceptance' })

export const InLanguage = z.strictObject({ locale: Language.optional() })
export const OnePolicy = z.strictObject({
  kind: PolicyKind,
  version: z
    .string()
    .regex(/^\d{1,7}$/, 'is not a version')
    .transform(Number)
    .pipe(Version)
    .meta({ openapi: { type: 'integer', minimum: 1 } }),
})
export const InEnvironment = z.strictObject({ environment_id: Id })
export const VersionPage = Page.extend({ kind: PolicyKind.optional() })

export const Acceptances = z.strictObject({
  accepted: AcceptedPolicies,
  /** The language in which the player read them. */
  locale: Language.optional(),
})

export const PolicyList = z.object({ items: z.array(Policy), next_cursor: z.null() })
export const PolicyAnswer = z.object({ policy: Policy })
export const VersionAnswer = z.object({ policy: PolicyVersion })
export const VersionList = z.object({
  items: z.array(PolicyVersion),
  next_cursor: z.string().nullable(),
})
export const Enforcement = z.enum(['off', 'prompt', 'required'])
export const PendingPolicies = z.object({
  /** `prompt`: the game asks. `required`: other routes refuse the player until then. */
  enforcement: Enforcement,
  items: z.array(Policy),
})
export const Accepted = z.object({
  accepted: z.array(Acceptance),
  pending: z.array(z.object({ kind: z.string(), version: z.int() })),
})
