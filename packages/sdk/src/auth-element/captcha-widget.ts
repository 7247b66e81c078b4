import { h } from './dom.js'
import type { Stage } from './stage.js'

interface Widget {
  element: HTMLElement
  /** Undefined until the player has solved it. */
  token(): string | undefined
  reset(): void
}

/** The part of both providers' scripts that is needed; they offer the same functions. */
interface Provider {
  render(place: HTMLElement, options: { sitekey: string; callback(token: string): void }): unknown
  reset(): void
}

const scripts: Record<string, string> = {
  hcaptcha: 'https://js.hcaptcha.com/1/api.js?render=explicit',
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit',
}

const providerOf = (name: string): Provider | undefined => Reflect.get(globalThis, name)

/**
 * The widget of hCaptcha or Turnstile, where the environment asks for one; a proof of work needs no widget. It stands
 * in the page itself and is only shown through the dialog, for their scripts do not reach behind a shadow root.
 */
export function showCaptcha({ options, host }: Stage): Widget | undefined {
  const { provider = '', site_key: siteKey } = options.captcha ?? {}
  const address = scripts[provider]
  if (address === undefined || siteKey == null) return undefined
  let solved: string | undefined
  const place = h('div', { slot: 'captcha' })
  host.replaceChildren(place)
  const draw = () => {
    const callback = (token: string) => {
      solved = token
    }
    providerOf(provider)?.render(place, { sitekey: siteKey, callback })
  }
  if (providerOf(provider) !== undefined) draw()
  else document.head.append(h('script', { src: address, async: true, load: draw }))
  return {
    element: h('slot', { name: 'captcha' }),
    token: () => solved,
    reset: () => {
      solved = undefined
      providerOf(provider)?.reset()
    },
  }
}
