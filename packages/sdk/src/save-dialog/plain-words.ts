import { fill } from '../auth-element/texts.js'
import { isEngineValue, isFields, isList } from '../merge/documents.js'
import { namesIn } from '../merge/pointer.js'
import type { Texts } from './texts.js'

/** How values are written for people. */
export interface Words {
  locale: string
  texts: Texts
}

const longestText = 120
const mostMembers = 6

const shortened = (text: string) =>
  text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text

/** `bestTimes` and `best_times` as "best times". */
const spaced = (name: string) =>
  name
    .replaceAll(/([\p{Ll}\d])(?=\p{Lu})/gu, '$1 ')
    .replaceAll(/[_\s-]+/g, ' ')
    .trim()
    .toLowerCase()

function wordsOfName(name: string, { texts, locale }: Words): string {
  if (name === '-') return texts.a_member
  if (/^\d+$/.test(name)) {
    return fill(texts.member, { n: (Number(name) + 1).toLocaleString(locale) })
  }
  // What is no name of a program's is shown as it is: an item may be called "X-42 (old)".
  return /^[\p{L}\d_-]+$/u.test(name) ? spaced(name) || name : name
}

const capitalised = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

/** A JSON pointer as a label: `/best_times/forest` is "Best times › forest". */
export function labelOf(path: string, words: Words): string {
  if (path === '') return words.texts.everything
  return capitalised(
    namesIn(path)
      .map(name => wordsOfName(name, words))
      .join(' › '),
  )
}

const numbers = (values: readonly unknown[], words: Words) =>
  `(${values.map(value => wordsOf(value, words)).join(', ')})`

const time = (text: string, locale: string) =>
  new Date(text).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** The first members, and how many there are when there are more. */
function membersIn(parts: readonly string[], words: Words): string {
  if (parts.length === 0) return words.texts.empty
  if (parts.length <= mostMembers) return shortened(parts.join(', '))
  const n = parts.length.toLocaleString(words.locale)
  return `${shortened(parts.slice(0, mostMembers).join(', '))} … (${fill(words.texts.entries, { n })})`
}

function wordsOfEngineValue(kind: unknown, value: unknown, words: Words): string {
  const { locale, texts } = words
  if (kind === 'BigInt') return BigInt(String(value)).toLocaleString(locale)
  if (kind === 'Date') return value === null ? texts.nothing : time(String(value), locale)
  if (kind === 'Set' && isList(value)) return wordsOf(value, words)
  if (kind === 'Map' && isList(value)) {
    return fill(texts.entries, { n: value.length.toLocaleString(locale) })
  }
  if (kind === 'Bytes') {
    const size = Math.floor((String(value).replaceAll('=', '').length * 3) / 4)
    return fill(texts.bytes, { n: size.toLocaleString(locale) })
  }
  if (isList(value)) return numbers(value, words)
  return wordsOf(value, words)
}

/** A value of a save in plain words, never longer than a line or two. `undefined`: it is not there. */
export function wordsOf(value: unknown, words: Words): string {
  const { locale, texts } = words
  if (value === undefined) return texts.not_there
  if (value === null) return texts.nothing
  if (typeof value === 'boolean') return value ? texts.yes : texts.no
  if (typeof value === 'number') return value.toLocaleString(locale, { maximumFractionDigits: 6 })
  if (typeof value === 'string') return value === '' ? texts.empty : shortened(value)
  if (isEngineValue(value)) return wordsOfEngineValue(value.$aethex, value.value, words)
  if (isList(value)) {
    return membersIn(
      value.map(each => wordsOf(each, words)),
      words,
    )
  }
  if (!isFields(value)) return shortened(String(value))
  const parts = Object.entries(value).map(
    ([name, each]) => `${wordsOfName(name, words)}: ${wordsOf(each, words)}`,
  )
  return membersIn(parts, words)
}

/** A time that a server or a device has told, RFC 3339. */
export const wordsOfTime = (text: string, { locale }: Words): string => time(text, locale)

/** How long was played. */
export function wordsOfDuration(seconds: number, { locale, texts }: Words): string {
  const minutes = Math.floor(seconds / 60)
  const h = Math.floor(minutes / 60)
  const values = { h: h.toLocaleString(locale), m: String(minutes % 60) }
  return fill(h > 0 ? texts.hours : texts.minutes, values)
}
