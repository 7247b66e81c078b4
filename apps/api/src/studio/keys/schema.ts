import { keyScopes } from '@aethex/shared/http'
import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'

export const ApiKey = z
  .object({
    id: z.uuid(),
    kind: z.enum(['publishable', 'secret']),
    name: z.string(),
    /** The first characters, to tell keys apart. */
    prefix: z.string(),
    scopes: z.array(z.enum(keyScopes)),
    /** Of a publishable key: the pages that may use it; any when empty. */
    allowed_origins: z.array(z.string()),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    /** Within a minute or so; null for a key that was never used. */
    last_used_at: z.iso.datetime().nullable(),
    /** The key that this one replaces. */
    rotated_from: z.uuid().nullable(),
  })
  .meta({ id: 'ApiKey' })

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneKey = z.strictObject({ environment_id: Id, key_id: Id })

/** As browsers send it; `http://localhost:*` stands for every port. */
const Origin = z
  .string()
  .max(200)
  .regex(
    /^https?:\/\/[a-z0-9.-]+(:(\d{1,5}|\*))?$/,
    'is not an origin such as https://game.example, in lower case and without a path',
  )
const Origins = z.array(Origin).max(50)
const Expiry = z.iso.datetime({ offset: true })

export const NewKey = z
  .strictObject({
    kind: z.enum(['publishable', 'secret']),
    name: text(1, 100),
    /** For secret keys; all that the maker has when left out. */
    scopes: z.array(z.enum(keyScopes)).min(1).optional(),
    /** For publishable keys. */
    allowed_origins: Origins.optional(),
    /** When it stops working; never when left out. */
    expires_at: Expiry.optional(),
  })
  .refine(({ kind, scopes }) => kind === 'secret' || scopes === undefined, {
    path: ['scopes'],
    error: 'are for secret keys: a publishable key may do what a player may',
  })
  .refine(({ kind, allowed_origins }) => kind === 'publishable' || allowed_origins === undefined, {
    path: ['allowed_origins'],
    error: 'are for publishable keys: no page may use a secret one',
  })
export type NewKey = z.output<typeof NewKey>

export const KeyChange = z.strictObject({
  name: text(1, 100).optional(),
  allowed_origins: Origins.optional(),
  /** Null: never. */
  expires_at: Expiry.nullable().optional(),
})
export type KeyChange = z.output<typeof KeyChange>

/** How long the old key goes on working beside the new one: up to thirty days. */
export const Rotation = z.strictObject({
  overlap_seconds: z.int().min(0).max(2_592_000).default(86_400),
})

export const KeyAnswer = z.object({ key: ApiKey })
/** `api_key` is shown here and never again. */
export const KeyMade = z.object({ key: ApiKey, api_key: z.string() })
export const KeyList = z.object({ items: z.array(ApiKey), next_cursor: z.string().nullable() })
