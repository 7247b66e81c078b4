import { type Cloud, createCloud } from '../cloud.js'
import type { AeThexError } from '../core/error.js'
import type { Result } from '../core/result.js'
import type { User } from '../core/session-store.js'
import type { AuthOptions } from '../resources/auth-options.js'
import { h } from './dom.js'
import type { Stage, ViewName } from './stage.js'
import { readableOn, style } from './style.js'
import { createTabStorage } from './tab-storage.js'
import { fill, type Texts, textsIn } from './texts.js'
import { views } from './views.js'

const events = { signedIn: 'signed-in', signedOut: 'signed-out' } as const

/**
 * `<aethex-auth api-key="pk_…" url="https://api.example.com">`: signing in, signing up and recovering an account, in
 * the studio's brand. Fires `signed-in` with `detail.user`. Attributes: `view` (`sign-in`, `sign-up`, `forgot`,
 * `reset`, `verify`, `device`), `locale`, `hosted` for the platform's own pages, which read codes from the address.
 */
export class AuthElement extends HTMLElement {
  private readonly root = this.attachShadow({ mode: 'open' })
  private cloud: Cloud | undefined
  private options: AuthOptions | undefined
  private locale = 'en'
  private texts: Texts = textsIn([]).texts
  /** Kept between the first and the second step of a sign-in. */
  private mfaToken = ''

  /** The game's own client, so that both share one session; without it the element makes one from its attributes. */
  set client(cloud: Cloud) {
    this.cloud = cloud
  }

  connectedCallback(): void {
    const wanted = [this.getAttribute('locale'), new URLSearchParams(location.search).get('locale')]
    const languages = [...wanted.filter(tag => tag !== null), ...navigator.languages]
    ;({ locale: this.locale, texts: this.texts } = textsIn(languages))
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    this.root.adoptedStyleSheets = [sheet]
    this.lang = this.locale
    this.cloud ??= createCloud({
      apiKey: this.getAttribute('api-key') ?? '',
      url: this.getAttribute('url') ?? '',
      ...(this.hasAttribute('hosted') ? { storage: createTabStorage(sessionStorage) } : {}),
    })
    void this.begin(this.cloud)
  }

  private async begin(cloud: Cloud): Promise<void> {
    const answer = await cloud.auth.getOptions({ locale: this.locale })
    if (!answer.success) {
      this.root.replaceChildren(h('p', { class: 'alert', role: 'alert' }, answer.error.message))
      return
    }
    this.options = answer.options
    const { accent_color: accent } = answer.options.brand
    this.style.setProperty('--accent', accent)
    this.style.setProperty('--on-accent', readableOn(accent))
    if (location.search.includes('code=')) await cloud.auth.completeOAuthRedirect()
    const view = this.getAttribute('view')
    this.show(view !== null && view in views ? (view as ViewName) : 'sign-in', false)
  }

  /** What a view works with. */
  private stage(cloud: Cloud, options: AuthOptions): Stage {
    return {
      cloud,
      options,
      locale: this.locale,
      text: (name, values = {}) => fill(this.texts[name], values),
      isHosted: this.hasAttribute('hosted'),
      mfaToken: this.mfaToken,
      show: view => this.show(view, true),
      finish: user => this.finish(cloud, user),
      needsSecondFactor: token => {
        this.mfaToken = token
        this.show('second', true)
      },
      tell: error => this.tell(error),
      run: (button, work) => this.run(button, work),
      host: this,
    }
  }

  private show(view: ViewName, focus: boolean): void {
    const { cloud, options } = this
    if (cloud === undefined || options === undefined) return
    const { brand } = options
    const { title, body } = views[view](this.stage(cloud, options))
    const heading = h('h1', { tabindex: '-1' }, title)
    this.root.replaceChildren(
      h(
        'section',
        { class: 'card', 'aria-label': title },
        h(
          'header',
          {},
          brand.logo_url !== null && h('img', { src: brand.logo_url, alt: '' }),
          h('p', { class: 'brand' }, brand.name),
          heading,
        ),
        h('div', { class: 'alert', role: 'alert', id: 'alert' }),
        body,
        this.footer(options),
      ),
    )
    if (focus) heading.focus()
  }

  private footer({ brand }: AuthOptions): HTMLElement {
    const email = brand.support_email
    return h(
      'footer',
      {},
      brand.footer !== '' && h('p', {}, brand.footer),
      email !== null && h('p', {}, fill(this.texts.help, { email })),
      brand.names_us && h('p', {}, this.texts.by_us),
    )
  }

  private tell(error: AeThexError): void {
    const alert = this.root.getElementById('alert')
    if (alert === null) return
    const known = error.code in this.texts ? this.texts[error.code as keyof Texts] : undefined
    const reasons = error.details.errors?.map(flaw => `${flaw.pointer.slice(1)}: ${flaw.reason}`)
    alert.textContent = known ?? reasons?.join('. ') ?? error.message
  }

  /** Runs a call with the button busy; a failure is shown, and the second factor is asked for when it is wanted. */
  private async run<T extends object>(
    button: HTMLElement | null,
    work: () => Promise<Result<T>>,
  ): Promise<T | undefined> {
    if (button?.getAttribute('aria-busy') === 'true') return undefined
    button?.setAttribute('aria-busy', 'true')
    const alert = this.root.getElementById('alert')
    if (alert !== null) alert.textContent = ''
    const result = await work()
    button?.removeAttribute('aria-busy')
    if (result.success) return result
    const token = result.error.details.mfa_token
    if (result.error.code === 'second_factor_required' && typeof token === 'string') {
      this.mfaToken = token
      this.show('second', true)
    } else this.tell(result.error)
    return undefined
  }

  private async finish(cloud: Cloud, user: User): Promise<void> {
    this.dispatchEvent(
      new CustomEvent(events.signedIn, { detail: { user }, bubbles: true, composed: true }),
    )
    if (this.hasAttribute('hosted')) {
      const query = new URLSearchParams(location.search)
      const redirect = query.get('redirect_uri')
      if (redirect !== null) {
        const state = query.get('state')
        const sent = await this.run(null, () =>
          cloud.auth.handOver({
            redirect_uri: redirect,
            code_challenge: query.get('code_challenge') ?? '',
            ...(state === null ? {} : { state }),
          }),
        )
        if (sent !== undefined) location.assign(sent.location)
        return
      }
      if (this.getAttribute('view') === 'device') return this.show('device', true)
    }
    this.show('done', true)
  }
}

/** Makes `<aethex-auth>` known to the page. */
export function defineAuthElement(name = 'aethex-auth'): void {
  if (customElements.get(name) === undefined) customElements.define(name, AuthElement)
}
