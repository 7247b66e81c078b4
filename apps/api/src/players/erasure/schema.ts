import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'
import { ReceiptBody } from './receipts.js'

export const Erasure = z
  .object({
    id: z.uuid(),
    player_id: z.uuid(),
    reason: z.string(),
    requested_by: z.string(),
    state: z.enum(['pending', 'done']),
    created_at: z.iso.datetime(),
    erased_at: z.iso.datetime().nullable(),
    /** When all stores were looked through a second time. */
    verified_at: z.iso.datetime().nullable(),
    /** A JWS that proves it; null until it is done. */
    receipt: z.string().nullable(),
  })
  .meta({ id: 'Erasure' })

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OnePlayer = z.strictObject({ environment_id: Id, player_id: Id })
export const OneErasure = z.strictObject({ environment_id: Id, erasure_id: Id })

/** The word must be written out: nobody erases themselves by one slip. */
export const EraseMyself = z.strictObject({ confirm: z.literal('erase') })
export const EraseOther = z.strictObject({ reason: text(1, 500) })
export const ErasureToken = z.strictObject({ token: text(32, 64) })
export const Receipt = z.strictObject({ receipt: text(1, 8_192) })

export const ErasureAnswer = z.object({ erasure: Erasure })
/** `token` shows the receipt when there is no account any more. */
export const ErasureRequested = z.object({ erasure: Erasure, token: z.string() })
export const ErasureList = z.object({ items: z.array(Erasure), next_cursor: z.string().nullable() })
export const Rechecked = z.object({ receipt: ReceiptBody, still_erased: z.boolean() })
export const ReceiptKeys = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), crv: z.string().optional() })),
})
