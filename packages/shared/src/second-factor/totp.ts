import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'

// RFC 6238 with what every authenticator app takes: HMAC-SHA-1, six digits, thirty seconds.
const shape = { algorithm: 'SHA1', digits: 6, period: 30 }

// RFC 4226 §4, R6: 160 bits.
const secretBytes = 20

// One step to either side, for clocks that are a little off (RFC 6238 §5.2).
const window = 1

/** What an authenticator app is set up with. */
export interface NewTotp {
  /** In base32, for typing. */
  secret: string
  /** `otpauth://totp/…`, as apps read it. */
  uri: string
  /** The URI as a QR code, an SVG document. */
  qr_svg: string
}

/** Draws a fresh secret. `issuer` and `label` are what the app shows beside its codes. */
export function newTotp({ issuer, label }: { issuer: string; label: string }): NewTotp {
  const secret = new Secret({ size: secretBytes })
  const uri = new TOTP({ ...shape, issuer, label, secret }).toString()
  return { secret: secret.base32, uri, qr_svg: renderSVG(uri, { ecc: 'M', border: 2 }) }
}

/** The time step that a code belongs to; undefined when it is none of the three that count now. */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime()
  const delta = TOTP.validate({
    ...shape,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp,
    window,
  })
  return delta === null ? undefined : TOTP.counter({ period: shape.period, timestamp }) + delta
}
