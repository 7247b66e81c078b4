import { expect, test } from 'vitest'
import { chatFilter } from './settings.js'
import { type FilterRules, filterWords } from './word-filter.js'

const rules = (given: Partial<FilterRules> = {}): FilterRules => ({
  ...chatFilter.shape.parse({}),
  ...given,
})
const masked = (text: string, given: Partial<FilterRules> = {}) =>
  filterWords(text, rules(given)).text

test.each([
  ['shit happens', '**** happens'],
  ['you ARSCHLOCH, you', 'you *********, you'],
  ['quelle merde', 'quelle *****'],
  ['vaya mierda', 'vaya ******'],
  ['FUCK', '****'],
  ['fuuuuuuck', '*********'],
  ['sh1t 5h!t $hit', '**** **** ****'],
  ['ѕhіt', '****'],
  ['ｓｈｉｔ', '****'],
  ['s\u200bh\u200di\u2060t', '*******'],
  ['f.u.c.k', '*******'],
  ['f u c k off', '******* off'],
  ['f_u_c_k', '*******'],
  ['f•u•c•k', '*******'],
  ['I f u c k you', 'I ******* you'],
  ['f u c k u', '******* u'],
  ['fvck (fuck) @fuck fuck123', '**** (****) @**** *******'],
  ['ꜰᴜᴄᴋ ⓕⓤⓒⓚ', '**** ****'],
  ['🅵🆄🅲🅺 🇫🇺🇨🇰 🅕🅤🅒🅚', '**** **** ****'],
  ['🅵 🆄 🅲 🅺 🆂', '*********'],
  ['sнit ni99er', '**** ******'],
  ['Scheiße', '*******'],
  ['SCHEISSE', '********'],
  ['ènculé', '******'],
  ['holy_shit_man', '*************'],
])('the filter covers %j', (text, expected) => {
  expect(masked(text)).toBe(expected)
})

test.each([
  'Scunthorpe and Penistone',
  'an assassin in the classic grass',
  'Arsenal, Dickens, Matsushita',
  'the shuttle',
  'il est en retard, la chatte aussi',
  'désolé pour les retards',
  'un gato negro',
  'meet at f46, then b17c7',
  's c u n t h o r p e',
  'ⓗⓔⓛⓛⓞ 🇩🇪 🇫🇷',
  'je mets les pédales',
  'level 455 at 5417',
  'a b c d e f',
  'Hancock said hi',
  '',
  '🙂👍🏽 é ü ñ',
])('the filter lets %j pass', text => {
  expect(filterWords(text, rules())).toEqual({ text, found: false })
})

test('a studio adds words, allows words, and chooses languages', () => {
  expect(masked('a W4ffle, please', { words: ['waffle'] })).toBe('a ******, please')
  expect(masked('shit', { allow: ['SHIT'] })).toBe('shit')
  expect(masked('shit merde', { languages: ['fr'] })).toBe('shit *****')
  expect(masked('日本語の悪口 です', { words: ['日本語の悪口'] })).toBe('****** です')
})

test('switched off, it looks at nothing', () => {
  expect(masked('shit', { mode: 'off' })).toBe('shit')
})

test('the longest text is looked through in a moment', () => {
  const texts = [
    'a '.repeat(1_000),
    '🇫'.repeat(2_000),
    '!'.repeat(2_000),
    'a'.repeat(2_000),
    '.a'.repeat(1_000),
  ]
  const before = performance.now()
  for (const text of texts) filterWords(text, rules())
  expect(performance.now() - before).toBeLessThan(1_000)
})
