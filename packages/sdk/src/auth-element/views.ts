import type { Cloud } from '../cloud.js'
import type { Result } from '../core/result.js'
import type { User } from '../core/session-store.js'
import { ageFields, ageIn } from './age-fields.js'
import { showCaptcha } from './captcha-widget.js'
import { field, h, inputOf } from './dom.js'
import type { Stage, ViewName } from './stage.js'
import type { Texts } from './texts.js'

interface View {
  title: string
  body: HTMLElement
}

type Submit = (form: HTMLFormElement, button: HTMLElement | null) => Promise<unknown>

const box = (...children: (Node | string | false | undefined)[]) => h('div', {}, ...children)

function form(submit: Submit, label: string, ...fields: (Node | false | undefined)[]) {
  const button = h('button', { type: 'submit' }, label)
  const made = h('form', { novalidate: false }, ...fields, button)
  made.addEventListener('submit', event => {
    event.preventDefault()
    void submit(made, button)
  })
  return made
}

const link = (stage: Stage, view: ViewName, label: string) =>
  h('button', { type: 'button', class: 'link', click: () => stage.show(view) }, label)

/** The code of a letter stands behind the # of its link, where no server's log sees it. */
const codeInAddress = (stage: Stage) =>
  stage.isHosted ? (new URLSearchParams(location.hash.slice(1)).get('code') ?? '') : ''

const emailField = (stage: Stage) =>
  field(stage.text('email'), { name: 'email', type: 'email', autocomplete: 'username' })

const newPasswordField = (stage: Stage, label: keyof Texts) => {
  const n = String(stage.options.registration.min_password_length)
  return field(
    stage.text(label),
    { name: 'password', type: 'password', autocomplete: 'new-password', minlength: n },
    stage.text('at_least', { n }),
  )
}

const codeField = (stage: Stage, label: keyof Texts) =>
  field(stage.text(label), {
    name: 'code',
    type: 'text',
    autocomplete: 'one-time-code',
    autocapitalize: 'characters',
    spellcheck: 'false',
    value: codeInAddress(stage),
  })

const providerNames: Record<string, string> = {
  google: 'Google',
  github: 'GitHub',
  discord: 'Discord',
}

function otherWays(stage: Stage): HTMLElement | false {
  const { cloud, options, text } = stage
  const enter = (button: HTMLElement, work: () => Promise<Result<{ user: User }>>) =>
    stage.run(button, work).then(done => done && stage.finish(done.user))
  const providers = options.providers.map(provider => {
    const name = providerNames[provider] ?? provider.replace('oidc:', '')
    const button = h('button', { type: 'button', class: 'plain' }, text('continue_with', { name }))
    button.addEventListener('click', () => {
      void enter(button, () =>
        cloud.auth.loginOAuth(provider as Parameters<Cloud['auth']['loginOAuth']>[0]),
      )
    })
    return button
  })
  const passkey =
    'PublicKeyCredential' in globalThis &&
    h('button', { type: 'button', class: 'plain' }, text('passkey'))
  if (passkey) {
    passkey.addEventListener('click', () => void enter(passkey, () => cloud.auth.passkeys.login()))
  }
  if (providers.length === 0 && !passkey) return false
  return box(
    h('p', { class: 'or' }, text('or')),
    h('div', { class: 'ways' }, ...providers, passkey),
  )
}

function signIn(stage: Stage): View {
  const { cloud, text } = stage
  return {
    title: text('sign_in'),
    body: box(
      form(
        async (fields, button) => {
          const done = await stage.run(button, () =>
            cloud.auth.loginEmail(inputOf(fields, 'email'), inputOf(fields, 'password')),
          )
          if (done !== undefined) await stage.finish(done.user)
        },
        text('sign_in'),
        emailField(stage),
        field(text('password'), {
          name: 'password',
          type: 'password',
          autocomplete: 'current-password',
        }),
      ),
      otherWays(stage),
      h(
        'nav',
        { 'aria-label': text('sign_in') },
        link(stage, 'sign-up', text('sign_up')),
        link(stage, 'forgot', text('go_forgot')),
      ),
    ),
  }
}

/** One box to tick for each document: nothing is agreed to in advance (M: read and agree). */
function agreements({ options, text }: Stage): HTMLElement[] {
  return options.policies.map(({ kind, title, url, text: body }) =>
    h(
      'div',
      {},
      h(
        'label',
        { class: 'check' },
        h('input', { type: 'checkbox', name: `policy-${kind}`, required: true }),
        h(
          'span',
          {},
          text('agree'),
          url === null ? title : h('a', { href: url, target: '_blank', rel: 'noopener' }, title),
        ),
      ),
      body !== null && h('details', {}, h('summary', {}, title), h('p', {}, body)),
    ),
  )
}

function signUp(stage: Stage): View {
  const { cloud, options, locale, text } = stage
  const captcha = showCaptcha(stage)
  const policies = options.policies.map(({ kind, version, hash }) => ({ kind, version, hash }))
  return {
    title: text('sign_up'),
    body: box(
      form(
        async (fields, button) => {
          const captchaToken = captcha?.token()
          const age = ageIn(stage, fields)
          const done = await stage.run(button, () =>
            cloud.auth.register({
              email: inputOf(fields, 'email'),
              password: inputOf(fields, 'password'),
              username: inputOf(fields, 'username'),
              ...(policies.length > 0 ? { policies } : {}),
              ...(age === undefined ? {} : { age }),
              ...(captchaToken === undefined ? {} : { captcha_token: captchaToken }),
            }),
          )
          captcha?.reset()
          if (done?.user !== undefined) await stage.finish(done.user)
          else if (done !== undefined) stage.show('registered')
        },
        text('sign_up'),
        field(text('username'), {
          name: 'username',
          type: 'text',
          autocomplete: 'nickname',
          lang: locale,
        }),
        emailField(stage),
        newPasswordField(stage, 'password'),
        ...ageFields(stage),
        ...agreements(stage),
        captcha?.element,
      ),
      h('nav', { 'aria-label': text('sign_up') }, link(stage, 'sign-in', text('go_sign_in'))),
    ),
  }
}

function second(stage: Stage): View {
  const { cloud, text } = stage
  return {
    title: text('second'),
    body: form(
      async (fields, button) => {
        const code = inputOf(fields, 'code').replaceAll(' ', '')
        const proof = /^\d{6}$/.test(code) ? { code } : { recovery_code: code }
        const done = await stage.run(button, () =>
          cloud.auth.secondFactor.complete(stage.mfaToken, proof),
        )
        if (done !== undefined) await stage.finish(done.user)
      },
      text('confirm'),
      field(
        text('totp'),
        { name: 'code', type: 'text', autocomplete: 'one-time-code' },
        text('recovery'),
      ),
    ),
  }
}

function forgot(stage: Stage): View {
  const { cloud, text } = stage
  return {
    title: text('forgot'),
    body: box(
      form(
        async (fields, button) => {
          const sent = await stage.run(button, () =>
            cloud.auth.requestPasswordReset(inputOf(fields, 'email')),
          )
          if (sent !== undefined) stage.show('sent')
        },
        text('send'),
        emailField(stage),
      ),
      h(
        'nav',
        { 'aria-label': text('forgot') },
        link(stage, 'sign-in', text('sign_in')),
        link(stage, 'reset', text('code')),
      ),
    ),
  }
}

function reset(stage: Stage): View {
  const { cloud, text } = stage
  return {
    title: text('reset'),
    body: form(
      async (fields, button) => {
        const done = await stage.run(button, () =>
          cloud.auth.resetPassword(inputOf(fields, 'code'), inputOf(fields, 'password')),
        )
        if (done !== undefined) stage.show('saved')
      },
      text('save'),
      codeField(stage, 'code'),
      newPasswordField(stage, 'new_password'),
    ),
  }
}

function verify(stage: Stage): View {
  const { cloud, text } = stage
  return {
    title: text('verify'),
    body: form(
      async (fields, button) => {
        const code = inputOf(fields, 'code')
        // The same page takes the code of a new account and that of a changed address.
        const done = await stage.run(button, async () => {
          const verified = await cloud.auth.verifyEmail(code)
          if (verified.success || verified.error.code !== 'code_invalid') return verified
          return cloud.auth.confirmEmailChange(code)
        })
        if (done !== undefined) stage.show('verified')
      },
      text('confirm'),
      codeField(stage, 'code'),
    ),
  }
}

function device(stage: Stage): View {
  const { cloud, text } = stage
  if (cloud.auth.getCurrentUser() === null) {
    return {
      title: text('device'),
      body: box(h('p', { class: 'note' }, text('device_first')), signIn(stage).body),
    }
  }
  const given = new URLSearchParams(location.search).get('user_code') ?? ''
  const outcome = h('div', { role: 'status' })
  const ask = form(
    async (fields, button) => {
      const code = inputOf(fields, 'user_code')
      const found = await stage.run(button, () => cloud.auth.describeDevice(code))
      if (found === undefined) return
      const decide = (isWelcome: boolean) => async () => {
        const decided = await stage.run(null, () =>
          isWelcome ? cloud.auth.approveDevice(code) : cloud.auth.denyDevice(code),
        )
        if (decided === undefined) return
        ask.remove()
        outcome.replaceChildren(h('p', { class: 'note' }, text(isWelcome ? 'approved' : 'denied')))
      }
      const name = found.device.device_name ?? '–'
      outcome.replaceChildren(
        h('p', { class: 'note' }, text('waiting', { name })),
        h(
          'div',
          { class: 'ways' },
          h('button', { type: 'button', click: () => void decide(true)() }, text('approve')),
          h(
            'button',
            { type: 'button', class: 'plain', click: () => void decide(false)() },
            text('deny'),
          ),
        ),
      )
    },
    text('confirm'),
    field(text('user_code'), {
      name: 'user_code',
      type: 'text',
      autocapitalize: 'characters',
      autocomplete: 'off',
      value: given,
    }),
  )
  return { title: text('device'), body: box(ask, outcome) }
}

const message = (title: keyof Texts, body: keyof Texts, next?: ViewName) => (stage: Stage) => ({
  title: stage.text(title),
  body: box(
    h('p', { class: 'note', role: 'status' }, stage.text(body)),
    next !== undefined &&
      h('nav', { 'aria-label': stage.text(title) }, link(stage, next, stage.text('sign_in'))),
  ),
})

function done(stage: Stage): View {
  const { cloud, text } = stage
  const name = cloud.auth.getCurrentUser()?.username ?? ''
  const leave = async () => {
    await cloud.auth.logout()
    stage.show('sign-in')
  }
  return {
    title: text('done'),
    body: box(
      h('p', { class: 'note', role: 'status' }, text('signed_in_as', { name })),
      h('button', { type: 'button', class: 'plain', click: () => void leave() }, text('sign_out')),
    ),
  }
}

export const views: Record<ViewName, (stage: Stage) => View> = {
  'sign-in': signIn,
  'sign-up': signUp,
  second,
  forgot,
  reset,
  verify,
  device,
  sent: message('sent', 'sent_text', 'sign-in'),
  registered: message('sent', 'sent_register'),
  saved: message('reset', 'password_saved', 'sign-in'),
  verified: message('verify', 'verified', 'sign-in'),
  done,
}
