import { readFileSync } from 'node:fs'
import { Refused } from '@aethex/shared/mail'
import { describe, expect, test } from 'vitest'
import type { Brand } from './branding.js'
import {
  type LetterName,
  letterCalled,
  letterNames,
  letters,
  placeholdersOf,
  playerLetters,
} from './catalogue.js'
import { composeLetter, type Order } from './compose.js'
import { readableOn } from './layout.js'
import { hasStrayBraces, namesIn } from './letter-text.js'
import { german } from './texts/de.js'
import { english } from './texts/en.js'
import { french } from './texts/fr.js'

const publicUrl = 'https://api.example'
const manual = readFileSync(new URL('../../../../../docs/mail.md', import.meta.url), 'utf8')
const environmentId = '01890000-0000-7000-8000-000000000000'
const brand: Brand = {
  name: 'Skirmish',
  accentColor: '#1f5fd0',
  logoUrl: null,
  supportEmail: null,
  footer: '',
  namesUs: true,
}

const samples = (name: LetterName) =>
  Object.fromEntries(
    Object.entries(letterCalled(name).values).map(([key, { kind, sample }]) => [
      key,
      kind === 'link' ? publicUrl + sample : sample,
    ]),
  )

const compose = (template: LetterName, more: Partial<Order> = {}) =>
  composeLetter({
    template,
    environmentId: letters[template].reader === 'player' ? environmentId : null,
    brand,
    wording: {},
    locales: [],
    values: samples(template),
    publicUrl,
    ...more,
  })

describe('the texts of the house', () => {
  const texts = [
    ...Object.entries(english).map(([name, text]) => ['en', name, text] as const),
    ...Object.entries(german).map(([name, text]) => ['de', name, text] as const),
    ...Object.entries(french).map(([name, text]) => ['fr', name, text] as const),
  ]

  test.each(texts)('%s %s holds only placeholders that the letter has', (_locale, name, text) => {
    const known = placeholdersOf(name as LetterName)
    for (const part of [text.subject, text.body]) {
      expect(hasStrayBraces(part)).toBe(false)
      for (const placeholder of namesIn(part)) expect([...known]).toContain(placeholder)
    }
  })

  test.each(playerLetters)('%s says the same things in every language', name => {
    const saidIn = (body: string) => [...new Set(namesIn(body))].sort()
    for (const text of [german[name], french[name]]) {
      expect(saidIn(text.body)).toEqual(saidIn(english[name].body))
      expect(text.button === undefined).toBe(english[name].button === undefined)
    }
  })

  test.each(letterNames)('%s shows all that it is given', name => {
    const { text, html } = compose(name)
    for (const [key, { kind, sample }] of Object.entries(letterCalled(name).values)) {
      // A time is written out, and a title is the subject alone.
      if (kind === 'time' || key === 'title') continue
      const shown = kind === 'link' ? publicUrl + sample : sample
      expect(text, key).toContain(shown)
      expect(html, key).toContain(shown)
    }
    expect(text).not.toMatch(/\{\{|\}\}|undefined/)
  })
})

test.each(letterNames)('docs/mail.md tells of %s and its values', name => {
  const { about, values } = letterCalled(name)
  const listed = Object.entries(values).map(([key, { required }]) =>
    required ? `**${key}**` : key,
  )
  expect(manual).toContain(`| \`${name}\` | ${listed.join(', ')} | ${about} |`)
})

describe('a letter as it is read', () => {
  test.each(letterNames)('%s can be read with a screen reader and without colours', name => {
    const { html, subject, locale } = compose(name)
    expect(html).toMatch(new RegExp(`<html lang="${locale}" dir="ltr">`))
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html).toContain(`<title>${subject}</title>`)
    expect(html).not.toMatch(/<script|<style|<table|<form|\son\w+=/)
    for (const [, label = ''] of html.matchAll(/<a [^>]*>([^<]*)<\/a>/g)) {
      expect(label.trim()).not.toBe('')
    }
  })

  test('a logo carries the name of the game as its text', () => {
    const logoUrl = 'https://cdn.example/logo.png'
    const { html } = compose('already_registered', { brand: { ...brand, logoUrl } })
    expect(html).toMatch(/<img src="https:\/\/cdn\.example\/logo\.png" alt="Skirmish"/)
  })

  test.each([
    ['#000000', '#ffffff'],
    ['#ffffff', '#000000'],
    ['#ffff00', '#000000'],
    ['#1f5fd0', '#ffffff'],
    ['#0000ff', '#ffffff'],
  ])('text on %s is %s', (background, text) => expect(readableOn(background)).toBe(text))

  test.each([
    [['de'], 'de'],
    [['de-AT'], 'de'],
    [['pt', 'fr-CA'], 'fr'],
    [['tlh'], 'en'],
    [[undefined, 'de'], 'de'],
    [[], 'en'],
  ])('who wishes for %j reads %s', (locales, read) =>
    expect(compose('reset_password', { locales }).locale).toBe(read),
  )

  test('a paragraph whose value is missing is left out', () => {
    const { text } = compose('new_device', { values: { device: 'A phone' } })
    expect(text).toContain('A phone')
    expect(text).not.toMatch(/Hello|When/)
  })

  test('times are written in the language of the letter', () => {
    const values = { time: '2026-03-01T18:30:00.000Z' }
    expect(compose('new_device', { values, locales: ['de'] }).text).toContain('1. März 2026')
  })
})

describe('what strangers put into a letter', () => {
  const attack = `<img src=x onerror=alert(1)>"'&`

  test('every value is escaped, in the text and in the attributes', () => {
    const loud: Brand = { ...brand, name: attack, footer: attack, supportEmail: 'a@b.example' }
    const { html } = compose('new_device', {
      brand: loud,
      values: { username: attack, device: attack, time: attack },
      wording: { new_device: { en: { subject: attack, body: `${attack} {{username}}` } } },
    })
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;')
  })

  test('A18: no value starts a header or a line of its own', () => {
    const broken = 'Eve\r\nBcc: all@evil.test\u2028Subject: x'
    const { subject, text } = compose('invitation', {
      values: { ...samples('invitation'), organization: broken, inviter: broken },
    })
    expect(subject).not.toMatch(/[\r\n\u2028]/)
    expect(text).not.toMatch(/^(Bcc|Subject):/m)
  })

  test('a name that is an address does not become a link', () => {
    const { text } = compose('new_device', {
      values: { username: 'win.at.evil.example', device: 'https://evil.example/now' },
    })
    expect(text).not.toMatch(/evil\.example|https:\/\/evil/)
  })

  test('braces in a value stay what they are', () => {
    const { text } = compose('new_device', { values: { username: '{{device}}', device: 'D' } })
    expect(text).toContain('Hello {{device}},')
  })

  test.each([
    'https://evil.example/x',
    `${publicUrl}.evil.example/x`,
    `${publicUrl}@evil.example/`,
    '//evil.example',
    'javascript:alert(1)',
    publicUrl,
  ])('A16: a letter with a link to %s is refused', link =>
    expect(() =>
      compose('parental_consent_request', { values: { username: 'Ada', link } }),
    ).toThrow(Refused),
  )

  test.each(['', 'a b', '"><script>', '../../x'])('a letter with the code %j is refused', code =>
    expect(() => compose('reset_password', { values: { code } })).toThrow(Refused),
  )
})
