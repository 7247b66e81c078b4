/** Longer than any message may be. */
const mostCodePoints = 2_000

// What could act instead of being read: control characters (ESC begins the sequences of terminals), and marks that
// turn the direction of what follows (Trojan Source, CVE-2021-42574). Line breaks stay, and so do the joiners of emoji
// and of Indic and Arabic letters.
const control = /[^\P{Cc}\n]|[\u2028\u2029]/u
const turning = /[\u202a-\u202e\u2066-\u2069]/u
const blank = /^[\s\p{Default_Ignorable_Code_Point}]*$/u

/** As it is kept: composed (NFC), line breaks of one kind, no tabs, nothing around it. */
export const tidyText = (text: string) =>
  text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').normalize('NFC').trim()

/** What keeps a tidy text from being read by others; undefined for one that may be. Nothing is removed silently. */
export function flawOfText(text: string, most = mostCodePoints): string | undefined {
  if (blank.test(text)) return 'is empty'
  if ([...text].length > most) return `is longer than ${most} characters`
  if (control.test(text)) return 'has control characters'
  if (turning.test(text)) return 'has characters that turn the direction of writing'
  if (/\p{M}{9}/u.test(text)) return 'stacks more than eight marks on one letter'
  return undefined
}
