import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import { skeletonOf } from '../../players/auth/service.js'
import type { chatFilter } from './settings.js'
import { wordLists } from './word-lists.js'

export type FilterRules = z.output<(typeof chatFilter)['shape']>

// What a sign is written for where it stands among letters. Digits and signs alike end up at the letter's skeleton.
const signs: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '(': 'c',
  '3': 'e',
  '€': 'e',
  '6': 'g',
  '!': 'i',
  '1': 'i',
  '|': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '+': 't',
  '2': 'z',
}

const invisible = /[\p{Default_Ignorable_Code_Point}]/gu

/**
 * What a word looks like to somebody who reads over it: no case, accents, look-alike letters or signs for letters
 * (Unicode TR 39 skeleton), and no difference between i and l.
 */
function looksOf(word: string): string {
  const letters = Array.from(
    word.normalize('NFKC').replaceAll(invisible, '').toLowerCase(),
    sign => signs[sign] ?? sign,
  ).join('')
  return skeletonOf(letters)
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('i', 'l')
}

/** A word with letters drawn out, `fuuuck`: as if it had one of them, and as if it had two. */
const shortened = (word: string) => [
  word,
  word.replaceAll(/(.)\1{2,}/gu, '$1'),
  word.replaceAll(/(.)\1{2,}/gu, '$1$1'),
]

const kept = new LRUCache<string, ReadonlySet<string>>({ max: 500 })

/** The looks of all words that the rules name. */
function listOf(rules: FilterRules): ReadonlySet<string> {
  const name = JSON.stringify([rules.languages, rules.words, rules.allow])
  const known = kept.get(name)
  if (known !== undefined) return known
  const words = [...rules.languages.flatMap(language => wordLists[language]), ...rules.words]
  const list = new Set(words.map(looksOf).filter(word => word !== ''))
  for (const word of rules.allow) list.delete(looksOf(word))
  kept.set(name, list)
  return list
}

interface Span {
  start: number
  end: number
}

// What may belong to a word; quotes, brackets, commas and the like part words.
const written = /[\p{L}\p{M}\p{N}\p{Cf}@$!|€+(*._-]+/gu
const parting = /[*._-]+/u
const edges = /^[!|€+(*._-]+|[!|€+(*._-]+$/gu

// Figures alone are figures.
const isListed = (word: string, list: ReadonlySet<string>) =>
  /\p{L}/u.test(word) && shortened(looksOf(word)).some(look => list.has(look))

/** A word by itself, without the signs at its edges, or one of the parts that signs divide it into. */
function wordsWithin(token: string): string[] {
  const bare = token.replaceAll(edges, '')
  return [token, bare, ...bare.split(parting)]
}

/** Letters that stand alone, one after the other, read as a word: `f u c k`. */
function lettersApart(tokens: readonly (Span & { token: string })[]): (Span & { token: string })[] {
  const words: (Span & { token: string })[] = []
  let run: (Span & { token: string })[] = []
  const close = () => {
    const [first] = run
    const last = run.at(-1)
    if (first !== undefined && last !== undefined && run.length > 2) {
      words.push({ start: first.start, end: last.end, token: run.map(one => one.token).join('') })
    }
    run = []
  }
  for (const one of tokens) {
    if ([...one.token].length === 1) run.push(one)
    else close()
  }
  close()
  return words
}

function findWords(text: string, list: ReadonlySet<string>): Span[] {
  const tokens = Array.from(text.matchAll(written), match => ({
    start: match.index,
    end: match.index + match[0].length,
    token: match[0],
  }))
  return [...tokens, ...lettersApart(tokens)].filter(({ token }) =>
    wordsWithin(token).some(word => isListed(word, list)),
  )
}

const stars = (text: string) => '*'.repeat([...text].length)

/** The text with stars over what the rules name, and whether there was anything; whole words only. */
export function filterWords(text: string, rules: FilterRules): { text: string; found: boolean } {
  if (rules.mode === 'off') return { text, found: false }
  const spans = findWords(text, listOf(rules))
  let masked = text
  // From the end on, so that the places before stay where they are.
  for (const { start, end } of spans.sort((a, b) => b.start - a.start)) {
    masked = masked.slice(0, start) + stars(text.slice(start, end)) + masked.slice(end)
  }
  return { text: masked, found: spans.length > 0 }
}
