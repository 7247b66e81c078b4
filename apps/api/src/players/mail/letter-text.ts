/** How a letter is worded in one language. */
export interface LetterText {
  subject: string
  /**
   * Paragraphs between blank lines. A paragraph that is only `{{link}}` becomes a button, one that is only
   * `{{code}}` stands out; a paragraph is left out when one of its values is missing.
   */
  body: string
  /** What the button says. */
  button?: string | undefined
}

const placeholder = /\{\{([a-z_]{1,40})\}\}/g

/** The names between `{{` and `}}`. */
export const namesIn = (text: string): string[] =>
  [...text.matchAll(placeholder)].map(([, name = '']) => name)

/** Braces that are no placeholder: a name that is misspelt must not go out as it stands. */
export const hasStrayBraces = (text: string): boolean =>
  /\{\{|\}\}/.test(text.replaceAll(placeholder, ''))

/** Puts the values into a text in one pass: braces in a value stay what they are. */
export const fill = (text: string, lookUp: (name: string) => string): string =>
  text.replaceAll(placeholder, (_, name: string) => lookUp(name))

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'button'; label: string; link: string }
  | { kind: 'code'; code: string }

/** The parts of a letter's body, those left out whose values are missing. Text blocks still hold their placeholders. */
export function blocksOf(text: LetterText, values: ReadonlyMap<string, string>): Block[] {
  const has = (name: string) => (values.get(name) ?? '') !== ''
  return text.body
    .split(/\n[ \t]*\n+/)
    .map(paragraph => paragraph.trim())
    .filter(paragraph => paragraph !== '' && namesIn(paragraph).every(has))
    .map(paragraph => {
      if (paragraph === '{{link}}') {
        const link = values.get('link') ?? ''
        return { kind: 'button', label: text.button ?? link, link }
      }
      if (paragraph === '{{code}}') return { kind: 'code', code: values.get('code') ?? '' }
      return { kind: 'text', text: paragraph }
    })
}
