import { codeOf, freshEnvironment, mailboxAt, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { mailAccountsOf } from '../../testing/mail-accounts.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { Preview } from './schema.js'

const stack = inject('stack')
let stored: Stored
let paid: TestEnvironment
let free: TestEnvironment

beforeAll(async () => {
  stored = openStored(stack)
  paid = await freshEnvironment(stack)
  free = await freshEnvironment(stack)
  await stored.rows(
    `INSERT INTO subscription (organization_id, tier, since, updated_at) VALUES ($1, 'pro', now(), now())`,
    paid.organizationId,
  )
})
afterAll(() => stored.close())

const studioOf = ({ memberToken }: TestEnvironment): Caller =>
  callerOf(stack.api_url, { authorization: `Bearer ${memberToken}` })
const at = ({ environmentId }: TestEnvironment, path: string) =>
  `/studio/environments/${environmentId}/${path}`
const set = (environment: TestEnvironment, name: string, value: unknown) =>
  studioOf(environment)('PUT', at(environment, `settings/${name}`), value)
const preview = async (environment: TestEnvironment, order: object) => {
  const answer = await studioOf(environment)('POST', at(environment, 'mail/preview'), order)
  return Preview.parse(answer.body)
}

const brand = {
  studio_name: 'Night Owl Games',
  logo_url: 'https://cdn.example/owl.png',
  accent_color: '#ffcc00',
  support_email: 'help@owl.example',
  footer: 'Night Owl Games, 1 Tree Lane {{no placeholder}}',
}
const wording = {
  letters: {
    reset_password: {
      en: { subject: 'Owl key for {{username}}', body: 'Hoot.\n\n{{link}}', button: 'Hoot' },
      es: { subject: 'Clave nueva', body: 'Hola {{username}}\n\n{{link}}' },
    },
  },
}

describe('a preview', () => {
  test('shows a letter with samples, and with the values that are given', async () => {
    const { subject, text, html } = await preview(free, {
      template: 'verify_email',
      locale: 'de',
      values: { username: 'Grace <b>' },
    })
    expect(subject).toMatch(/^Bestätige deine E-Mail-Adresse/)
    expect(text).toContain('Hallo Grace <b>,')
    expect(html).toContain('Hallo Grace &lt;b&gt;,')
    expect(text).toContain(`${stack.api_url}/auth/verify?env=${free.environmentId}#code=`)
  })

  test.each([
    [{ template: 'nothing', locale: 'en' }, '/template'],
    [{ template: 'invitation', locale: 'en' }, '/template'],
    [{ template: 'verify_email', locale: 'english' }, '/locale'],
    [{ template: 'verify_email', locale: 'en', values: { unknown: 'x' } }, '/values/unknown'],
    [{ template: 'verify_email', locale: 'en', values: { code: 'not a code' } }, '/values'],
  ])('refuses %j and says where', async (order, pointer) => {
    const answer = await studioOf(free)('POST', at(free, 'mail/preview'), order)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(JSON.stringify(Object(answer.body).errors)).toContain(pointer)
  })

  test('a server with settings:read may ask for one, of its own environment only', async () => {
    const server = callerOf(stack.api_url, { 'x-api-key': free.secretKey })
    const order = { template: 'verify_email', locale: 'en' }
    expect(codeOf(await server('POST', at(paid, 'mail/preview'), order))).toBe('not_found')
  })
})

describe('branding and wording of a studio', () => {
  beforeAll(async () => {
    for (const environment of [paid, free]) {
      expect((await set(environment, 'mail.branding', brand)).status).toBe(200)
      expect((await set(environment, 'mail.templates', wording)).status).toBe(200)
    }
  })

  test('show in its letters on a paid tier', async () => {
    const { subject, text, html } = await preview(paid, {
      template: 'reset_password',
      locale: 'en',
      values: { username: 'Ada' },
    })
    expect(subject).toBe('Owl key for Ada')
    expect(text).toMatch(/^Hoot\.\n\nHoot:\nhttp/)
    expect(text).toContain(brand.footer)
    expect(text).toContain('help@owl.example')
    expect(html).toContain('alt="Night Owl Games"')
    expect(html).toContain('background-color:#ffcc00;color:#000000')
  })

  test('add languages, and leave the others as they are', async () => {
    const read = async (locale: string) =>
      (await preview(paid, { template: 'reset_password', locale })).subject
    expect(await read('es')).toBe('Clave nueva')
    expect(await read('de')).toMatch(/^Neues Passwort für Night Owl Games$/)
    const other = await preview(paid, { template: 'verify_email', locale: 'es' })
    expect(other.subject).toMatch(/^Confirm your e-mail address/)
  })

  test('change nothing on the free tier', async () => {
    const { subject, text, html } = await preview(free, {
      template: 'reset_password',
      locale: 'en',
    })
    expect(subject).toMatch(/^Set a new password for test /)
    expect(text + html).not.toMatch(/Owl|owl/)
    expect(text).toContain('AeThex Cloud sent this letter for test ')
  })

  test('reach the player: name of the sender, address for answers, language of the profile', async () => {
    const accounts = mailAccountsOf(stack, paid)
    const account = await accounts.freshAccount()
    expect((await account.as('PUT', '/auth/profile', { locale: 'es' })).status).toBe(200)
    await accounts.game('POST', '/auth/password/forgot', { email: account.email })
    const letter = await account.mailbox.next(/Clave nueva/)
    expect(letter.from).toMatch(/^Night Owl Games </)
    const raw = await account.mailbox.raw(letter.id)
    expect(raw).toMatch(/^Reply-To: help@owl\.example\r$/im)
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/im)
    expect(raw).toMatch(/^Content-Language: es\r$/im)
  })

  test('Accept-Language counts where the player has chosen no language', async () => {
    const accounts = mailAccountsOf(stack, free)
    const account = await accounts.freshAccount()
    const headers = { 'accept-language': 'fr-CH, en;q=0.9' }
    await accounts.game('POST', '/auth/password/forgot', { email: account.email }, headers)
    await account.mailbox.next(/^Nouveau mot de passe/)
  })

  test.each([
    ['an unknown placeholder', { subject: 'x', body: '{{link}} {{passwrod}}' }, 'body'],
    ['an unknown placeholder in the subject', { subject: '{{x}}', body: '{{link}}' }, 'subject'],
    ['a placeholder of another letter', { subject: 'x', body: '{{link}} {{device}}' }, 'body'],
    ['braces that are no placeholder', { subject: 'x', body: '{{link}} {{ username }' }, 'body'],
    ['an expression', { subject: 'x', body: '{{link}} {{constructor.name}}' }, 'body'],
    ['no way to go on', { subject: 'x', body: 'Hello {{username}}' }, 'body'],
    ['a subject of two lines', { subject: 'x\r\nBcc: y', body: '{{link}}' }, 'subject'],
    [
      'a placeholder on the button',
      { subject: 'x', body: '{{link}}', button: '{{link}}' },
      'button',
    ],
    ['a field that is unknown', { subject: 'x', body: '{{link}}', html: '<b>' }, 'html'],
  ])('are refused with %s', async (_what, text, field) => {
    const value = { letters: { reset_password: { en: text } } }
    const answer = await set(paid, 'mail.templates', value)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(JSON.stringify(Object(answer.body).errors)).toContain(
      `/letters/reset_password/en/${field}`,
    )
  })

  test.each([
    { letters: { invitation: { en: { subject: 'x', body: 'y' } } } },
    { letters: { reset_password: { Klingon: { subject: 'x', body: '{{link}}' } } } },
  ])('are refused for letters and languages that there are not: %j', async value =>
    expect(codeOf(await set(paid, 'mail.templates', value))).toBe('invalid_request'),
  )

  test.each([
    { logo_url: 'http://cdn.example/owl.png' },
    { logo_url: 'javascript:alert(1)' },
    { accent_color: 'red;background:url(x)' },
    { support_email: 'a@b.example\r\nBcc: c@d.example' },
    { studio_name: 'Owl\nGames' },
    { studio_name: '' },
  ])('are refused when they hold %j', async value =>
    expect(codeOf(await set(paid, 'mail.branding', value))).toBe('invalid_request'),
  )
})

describe('a test letter', () => {
  test('goes to the asking member alone, and is written down', async () => {
    const address = stack.studio.email
    const order = { template: 'password_changed', locale: 'fr' }
    const answer = await studioOf(paid)('POST', at(paid, 'mail/test'), order)
    expect([answer.status, answer.body]).toEqual([202, { status: 'check_your_mail' }])
    const letter = await mailboxAt(stack.mail_url, address).next(
      /^Votre mot de passe pour Night Owl/,
    )
    expect(letter.to).toEqual([address])
    const [entry] = await stored.rows(
      "SELECT target, details FROM audit_entry WHERE environment_id = $1 AND action = 'mail.test'",
      paid.environmentId,
    )
    expect(entry).toEqual({ target: 'password_changed', details: { locale: 'fr', sent: true } })
  })

  test('takes no address from the request', async () => {
    const order = { template: 'password_changed', locale: 'en', to: 'victim@e.test' }
    expect(codeOf(await studioOf(paid)('POST', at(paid, 'mail/test'), order))).toBe(
      'invalid_request',
    )
  })

  test('is not for servers', async () => {
    const server = callerOf(stack.api_url, { 'x-api-key': paid.secretKey })
    const order = { template: 'password_changed', locale: 'en' }
    expect(codeOf(await server('POST', at(paid, 'mail/test'), order))).toBe('wrong_key_kind')
  })
})
