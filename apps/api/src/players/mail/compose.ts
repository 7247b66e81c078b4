import { Refused, type Written } from '@aethex/shared/mail'
import type { Brand } from './branding.js'
import { isPlayerLetter, type LetterName, letterCalled } from './catalogue.js'
import { toHtml, toText } from './layout.js'
import { blocksOf, fill, type LetterText } from './letter-text.js'
import { cleanValues } from './letter-values.js'
import { german, germanFooter } from './texts/de.js'
import { english, englishFooter } from './texts/en.js'
import { french, frenchFooter } from './texts/fr.js'

/** A studio's own texts, by letter and language. */
export type Wording = Readonly<
  Record<string, Readonly<Record<string, LetterText | undefined>> | undefined>
>

export interface Order {
  template: LetterName
  environmentId: string | null
  brand: Brand
  wording: Wording
  /** What the reader would like to read, the dearest first. */
  locales: readonly (string | undefined)[]
  values: Readonly<Record<string, string>>
  publicUrl: string
}

const fallback = 'en'

function textsOf(template: LetterName, wording: Wording): Map<string, LetterText> {
  const texts = new Map<string, LetterText>([[fallback, english[template]]])
  if (!isPlayerLetter(template)) return texts
  texts.set('de', german[template]).set('fr', french[template])
  for (const [locale, text] of Object.entries(wording[template] ?? {})) {
    if (text !== undefined) texts.set(locale, text)
  }
  return texts
}

/** The first wish that there is a text for: in the very same dialect, else in the language. */
function pickLocale(wishes: Order['locales'], available: ReadonlyMap<string, unknown>): string {
  for (const wish of wishes) {
    if (wish === undefined) continue
    const [language = ''] = wish.split('-')
    const same = [...available.keys()].find(locale => locale.toLowerCase() === wish.toLowerCase())
    const alike = same ?? (available.has(language) ? language : undefined)
    if (alike !== undefined) return alike
  }
  return fallback
}

const footers: Readonly<Record<string, { sentFor: string; support: string }>> = {
  en: englishFooter,
  de: germanFooter,
  fr: frenchFooter,
}

function footerOf(locale: string, { environmentId, brand }: Order): string[] {
  const { sentFor, support } = footers[locale.split('-')[0] ?? ''] ?? englishFooter
  const us = environmentId === null ? englishFooter.platform : sentFor
  const lines = [brand.namesUs ? us : '', brand.supportEmail === null ? '' : support]
  const values = new Map([
    ['game', brand.name],
    ['support', brand.supportEmail ?? ''],
  ])
  // A studio's own footer holds no placeholders: its braces stay what they are.
  return [brand.footer, ...lines.map(line => fill(line, name => values.get(name) ?? ''))].filter(
    line => line !== '',
  )
}

/** The page that takes the letter's code. The code stands behind the #, where no server's log sees it. */
function linkTo(page: 'verify' | 'reset', order: Order, code: string): string {
  if (order.environmentId === null) throw new Refused('the letter belongs to no environment')
  return `${order.publicUrl}/auth/${page}?env=${order.environmentId}#code=${code}`
}

/** Writes a letter. Throws `Refused` when its values are not what it needs. */
export function composeLetter(order: Order): Written {
  const { template, brand, publicUrl } = order
  const definition = letterCalled(template)
  const texts = textsOf(template, order.wording)
  const locale = pickLocale(order.locales, texts)
  const text = texts.get(locale) ?? english[template]
  const values = cleanValues(definition, order.values, { publicUrl, locale })
  values.set('game', brand.name).set('support', brand.supportEmail ?? '')
  if (definition.page !== undefined) {
    values.set('link', linkTo(definition.page, order, values.get('code') ?? ''))
  }
  const subject = fill(text.subject, name => values.get(name) ?? '')
  const blocks = blocksOf(text, values)
  const footer = footerOf(locale, order)
  const page = { locale, subject, blocks, values, brand, footer }
  return {
    locale,
    subject,
    text: toText(page),
    html: toHtml(page),
    fromName: order.environmentId === null ? undefined : brand.name,
    replyTo: brand.supportEmail ?? undefined,
    ...(definition.forget === true ? { forget: true } : {}),
  }
}
