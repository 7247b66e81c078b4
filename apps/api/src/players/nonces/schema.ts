import { z } from 'zod'
import { text } from '../../gateway/shapes.js'

/** Chosen by the caller; make it at least 128 random bits if guessing it must be impossible. */
const Nonce = z.string().regex(/^[A-Za-z0-9_-]{16,128}$/)

export const RegisterNonce = z.strictObject({
  nonce: Nonce,
  /** Any JSON value. */
  payload: z.unknown().refine(payload => payload !== undefined, 'is missing'),
  /** Seconds until it is worth nothing. */
  ttl_seconds: z.int().min(1).max(3_600).default(60),
})

export const RegisteredNonce = z.object({ nonce: z.string(), expires_in: z.int() })
export const RedeemNonce = z.strictObject({ nonce: text(1, 256) })
export const RedeemedNonce = z.object({ payload: z.unknown() })
