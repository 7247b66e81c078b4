import { AeThexError, hasCode } from '../core/error.js'
import type { Http } from '../core/http.js'

/** What the player has to see to sign in on another device. */
export interface DeviceCode {
  /** What they type there, such as `BCDF-GHJK`. */
  user_code: string
  /** Where they type it. */
  verification_uri: string
  /** The same with the code filled in: good for a QR code. */
  verification_uri_complete: string
  /** Seconds until the code is worth nothing. */
  expires_in: number
}

export interface DeviceCodeOptions {
  /** Called once, with what is to be shown. */
  onCode: (code: DeviceCode) => void
  /** Ends the waiting with the code `cancelled`. */
  signal?: AbortSignal
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer)
      reject(new AeThexError('cancelled', 'The sign-in was given up.'))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    }, ms)
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
  })
}

/** Asks again and again, as often as the server allows, until the player has decided (RFC 8628 §3.5). */
export async function waitForDevice<T>(
  http: Http,
  trade: (deviceCode: string) => Promise<T>,
  { onCode, signal }: DeviceCodeOptions,
): Promise<T> {
  const { device_code, interval, ...shown } = await http.request<
    DeviceCode & { device_code: string; interval: number }
  >({ method: 'POST', path: '/auth/device/code', repeatable: true })
  const endsAt = Date.now() + shown.expires_in * 1000
  let seconds = interval
  onCode(shown)
  for (;;) {
    await pause(seconds * 1000, signal)
    try {
      return await trade(device_code)
    } catch (thrown) {
      const isOver = Date.now() >= endsAt
      const mayPass = thrown instanceof AeThexError && thrown.retryable
      if (hasCode(thrown, 'authorization_pending', 'slow_down')) {
        seconds = Number(thrown.details.interval ?? seconds)
      } else if (!mayPass || isOver || hasCode(thrown, 'closed')) throw thrown
    }
  }
}
