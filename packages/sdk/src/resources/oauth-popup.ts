import { AeThexError } from '../core/error.js'

/** A window that waits for the sign-in to come back. */
export interface Popup {
  /** Leads the window to the provider, and answers the code that comes back from there. */
  receive(authorizationUrl: string, state: string): Promise<string>
  close(): void
}

const size = 'popup,width=480,height=680'
const lookEveryMs = 500

const isCode = (data: unknown, state: string): data is { code: string } =>
  typeof data === 'object' &&
  data !== null &&
  'type' in data &&
  data.type === 'aethex.signed_in' &&
  'state' in data &&
  data.state === state &&
  'code' in data &&
  typeof data.code === 'string'

/** Opens the window at once, while the browser still knows that somebody has clicked. Throws `popup_blocked`. */
export function openPopup(): Popup {
  const popup = globalThis.open('about:blank', '_blank', size)
  if (popup === null) {
    throw new AeThexError('popup_blocked', 'The browser opens popups only when somebody clicks.')
  }
  return {
    close: () => popup.close(),
    receive: (authorizationUrl, state) =>
      new Promise((resolve, reject) => {
        const { origin } = new URL(authorizationUrl, location.href)
        const hear = (event: MessageEvent) => {
          if (event.origin !== origin || !isCode(event.data, state)) return
          stop()
          resolve(event.data.code)
        }
        let looksWhenClosed = 0
        const look = setInterval(() => {
          // It closes itself right after it has spoken: its word may still be on the way.
          if (!popup.closed || ++looksWhenClosed < 2) return
          stop()
          reject(new AeThexError('cancelled', 'The window was closed.'))
        }, lookEveryMs)
        const stop = () => {
          clearInterval(look)
          removeEventListener('message', hear)
        }
        addEventListener('message', hear)
        popup.location.href = authorizationUrl
      }),
  }
}
