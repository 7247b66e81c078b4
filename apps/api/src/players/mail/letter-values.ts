import { Refused } from '@aethex/shared/mail'
import type { LetterDefinition, ValueKind } from './catalogue.js'

const longest = { text: 200, message: 4_000 }

// Bidi controls could turn a sentence round; line breaks could start one of their own.
const invisible = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+/gu

/**
 * A text that somebody chose (a username, an organisation's name) as one line that no mail program makes a link of:
 * our letters must not carry strangers' addresses.
 */
const asText = (value: string) =>
  [...value.normalize('NFC').replaceAll(invisible, ' ').replaceAll(/ {2,}/g, ' ').trim()]
    .slice(0, longest.text)
    .join('')
    .replaceAll('://', ': //')
    .replaceAll(/\.(?=\p{L}{2})/gu, '.\u200b')

const asMessage = (value: string) =>
  value
    .slice(0, longest.message)
    .split('\n')
    .map(line => line.replaceAll(invisible, ' ').trim())
    .join('\n')

function asLink(value: string, publicUrl: string): string {
  if (value.startsWith(`${publicUrl}/`) && !/[\s<>"\p{Cc}]/u.test(value)) return value
  throw new Refused('a link leads elsewhere')
}

function asCode(value: string): string {
  if (/^[\w-]{8,200}$/.test(value)) return value
  throw new Refused('this is no code')
}

function asTime(value: string, locale: string): string {
  const time = new Date(value)
  if (Number.isNaN(time.getTime())) return ''
  const style = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(locale, style).format(time)} UTC`
}

const clean: Record<ValueKind, (value: string, how: Manner) => string> = {
  text: asText,
  message: asMessage,
  email: value => value.replaceAll(invisible, '').slice(0, 254),
  code: asCode,
  link: (value, { publicUrl }) => asLink(value, publicUrl),
  time: (value, { locale }) => asTime(value, locale),
}

export interface Manner {
  publicUrl: string
  locale: string
}

/**
 * The values of a letter as it will show them; names that it does not know are left out. Throws `Refused` when one
 * that it needs is missing, or one cannot be what it should be.
 */
export function cleanValues(
  definition: LetterDefinition,
  given: Readonly<Record<string, string>>,
  how: Manner,
): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, { kind, required = false }] of Object.entries(definition.values)) {
    const raw = given[name] ?? ''
    const value = raw === '' ? '' : clean[kind](raw, how)
    if (value === '' && required) throw new Refused(`the letter lacks its ${name}`)
    values.set(name, value)
  }
  return values
}

/** A name that a studio chose, such as the game's. */
export const cleanName = asText
