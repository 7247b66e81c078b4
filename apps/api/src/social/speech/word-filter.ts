import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import type { chatFilter } from './settings.js'
import { wordLists } from './word-lists.js'
import { looksOf } from './word-looks.js'

export type FilterRules = z.output<(typeof chatFilter)['shape']>

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
const written = /[\p{L}\p{M}\p{N}\p{Cf}\p{Alphabetic}\p{RI}@$!|€+(*._~·•․‧∙-]+/gu
const parting = /[*._~·•․‧∙-]+/u
const edges = /^[@!|€+(*._~·•․‧∙-]+|[@!|€+(*._~·•․‧∙-]+$/gu
const edgeDigits = /^\p{Nd}+|\p{Nd}+$/gu

const count = (text: string, signs: RegExp) => text.match(signs)?.length ?? 0

// Figures are figures: at least half of a word must be letters.
const isWord = (text: string) =>
  count(text, /[\p{Alphabetic}\p{RI}]/gu) >= Math.max(1, count(text, /\p{Nd}/gu))

const isListed = (word: string, list: ReadonlySet<string>) =>
  isWord(word) && shortened(looksOf(word)).some(look => list.has(look))

interface Token extends Span {
  token: string
}

/** Where the word stands in a token that is listed; undefined when it is not, nor a part that signs divide it into. */
function wordIn({ start, end, token }: Token, list: ReadonlySet<string>): Span | undefined {
  const bare = token.replaceAll(edges, '')
  if (isListed(bare, list)) {
    const from = start + token.indexOf(bare)
    return { start: from, end: from + bare.length }
  }
  const others = [token, bare.replaceAll(edgeDigits, ''), ...bare.split(parting)]
  return others.some(word => isListed(word, list)) ? { start, end } : undefined
}

/**
 * Letters that stand alone, one after the other, read as a word: `f u c k`. A word of one letter may stand before or
 * after it, `I f u c k`; more are not taken away, or any word written like this would hold shorter ones.
 */
function wordApart(run: readonly Token[], list: ReadonlySet<string>): Span | undefined {
  const most = run.length > 4 ? 1 : 0
  for (const [before, after] of [
    [0, 0],
    [most, 0],
    [0, most],
    [most, most],
  ] as const) {
    const letters = run.slice(before, run.length - after)
    const [first, last] = [letters[0], letters.at(-1)]
    if (first === undefined || last === undefined || letters.length < 3) continue
    const token = letters.map(one => one.token).join('')
    if (isListed(token, list)) return { start: first.start, end: last.end }
  }
  return undefined
}

/** Letters that stand alone, those that follow each other together. */
function runsOfLetters(tokens: readonly Token[]): Token[][] {
  const runs: Token[][] = [[]]
  for (const one of tokens) {
    if ([...one.token].length === 1) runs.at(-1)?.push(one)
    else if (runs.at(-1)?.length !== 0) runs.push([])
  }
  return runs
}

function findWords(text: string, list: ReadonlySet<string>): Span[] {
  const tokens = Array.from(text.matchAll(written), match => ({
    start: match.index,
    end: match.index + match[0].length,
    token: match[0],
  }))
  return [
    ...tokens.map(token => wordIn(token, list)),
    ...runsOfLetters(tokens).map(run => wordApart(run, list)),
  ].filter(span => span !== undefined)
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
