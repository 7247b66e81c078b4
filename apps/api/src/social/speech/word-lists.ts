import { english } from './word-lists/english.js'
import { french } from './word-lists/french.js'
import { german } from './word-lists/german.js'
import { spanish } from './word-lists/spanish.js'

/** Languages that bring words of their own. */
export const languages = ['en', 'de', 'es', 'fr'] as const
export type Language = (typeof languages)[number]

/** Short on purpose: insults and slurs that hardly ever mean something else. A studio adds what its players think of. */
export const wordLists: Readonly<Record<Language, readonly string[]>> = {
  en: english,
  de: german,
  es: spanish,
  fr: french,
}
