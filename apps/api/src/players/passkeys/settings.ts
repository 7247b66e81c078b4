import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

const Domain = z
  .string()
  .max(253)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'is not a domain in lower case',
  )
  .refine(domain => !/^[\d.]+$/.test(domain), 'is an address; passkeys need a domain')

/** `https://…`, `http://localhost…` while developing, or an Android app by the hash of its signing key. */
const Origin = z
  .string()
  .max(300)
  .regex(
    /^(?:https:\/\/[a-z0-9.-]+(?::\d{1,5})?|http:\/\/localhost(?::\d{1,5})?|android:apk-key-hash:[\w-]{43})$/,
    'is not an origin that a passkey can be used on',
  )

const isWithin = (domain: string, origin: string) => {
  if (origin.startsWith('android:')) return true
  const { hostname } = new URL(origin)
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

/** Where the players of an environment use their passkeys. */
export const passkeySetting = setting({
  name: 'auth.passkeys',
  summary: 'The domain that passkeys are bound to, and the pages and apps that may ask for them.',
  shape: z
    .strictObject({
      /** Your domain. A passkey is bound to it for good. Null is the domain of this platform. */
      rp_id: Domain.nullable().default(null),
      /** The origins of your pages, each within `rp_id`; `https://<rp_id>` when empty. */
      origins: z.array(Origin).max(20).default([]),
    })
    .refine(
      ({ rp_id, origins }) => rp_id === null || origins.every(origin => isWithin(rp_id, origin)),
      { path: ['origins'], error: 'names a page outside of rp_id' },
    ),
})
