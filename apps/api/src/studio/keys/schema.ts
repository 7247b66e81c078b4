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
    created_at: z.iso.datetime(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' })

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneKey = z.strictObject({ environment_id: Id, key_id: Id })

export const NewKey = z.strictObject({
  kind: z.enum(['publishable', 'secret']),
  name: text(1, 100),
  /** For secret keys; all of them when left out. */
  scopes: z.array(z.enum(keyScopes)).min(1).optional(),
})

/** `api_key` is shown here and never again. */
export const KeyMade = z.object({ key: ApiKey, api_key: z.string() })
export const KeyList = z.object({ items: z.array(ApiKey), next_cursor: z.null() })
