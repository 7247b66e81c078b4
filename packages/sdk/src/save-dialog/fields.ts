import { h } from '../auth-element/dom.js'
import { fill } from '../auth-element/texts.js'
import type { Answer } from '../merge/apply-answers.js'
import type { FieldPreview, Side } from '../merge/merge-documents.js'
import type { SaveConflict } from '../resources/saves/conflict.js'
import { labelOf, type Words, wordsOf } from './plain-words.js'
import type { Texts } from './texts.js'

/** More are not read by anybody; what has to be chosen is always shown. */
const mostShown = 60

interface FieldsParts {
  conflict: SaveConflict
  words: Words
  /** Whose values are chosen at first. */
  newer: Side
  /** The game's own name for a field. */
  label(path: string): string | undefined
}

/** The preview field by field. */
export interface FieldsView {
  element: HTMLElement
  answers(): Record<string, Answer>
}

/** What the rules have done, in words; of what one side alone has changed, whose it is. */
function outcomeName({ base, mine, theirs, rule, outcome }: FieldPreview): keyof Texts {
  if (outcome === 'ask') return 'choose'
  const isUnchanged = (value: unknown) => JSON.stringify(value) === JSON.stringify(base)
  const isByRule = !isUnchanged(mine) && !isUnchanged(theirs)
  if (outcome === 'both') return rule === 'sum' || rule === 'union' ? rule : 'both'
  if (isByRule && (rule === 'max' || rule === 'min' || rule === 'last_writer')) return rule
  return outcome === 'mine' ? 'taken_mine' : 'taken_theirs'
}

const value = (name: string, text: string, kind = 'value') =>
  h('span', { class: kind }, h('span', { class: 'hint' }, name), text)

export function createFields({ conflict, words, newer, label }: FieldsParts): FieldsView {
  const { texts } = words
  const chosen = new Map<string, Side>(conflict.asks.map(({ path }) => [path, newer]))

  const heading = (field: FieldPreview) => [
    label(field.path) ?? labelOf(field.path, words),
    h('span', { class: 'hint' }, texts[outcomeName(field)]),
  ]

  const before = (field: FieldPreview) =>
    'base' in field && value(texts.before, wordsOf(field.base, words))

  function ask(field: FieldPreview, at: number): HTMLElement {
    const option = (side: Side, name: string) =>
      h(
        'label',
        { class: 'value' },
        h('input', {
          type: 'radio',
          name: `field-${at}`,
          value: side,
          checked: side === newer,
          change: () => void chosen.set(field.path, side),
        }),
        h('span', { class: 'hint' }, name),
        h('span', {}, wordsOf(field[side], words)),
      )
    return h(
      'li',
      {},
      h(
        'fieldset',
        {},
        h('legend', {}, ...heading(field)),
        h(
          'div',
          { class: 'values' },
          option('mine', texts.this_device),
          option('theirs', texts.other_device),
          before(field),
        ),
      ),
    )
  }

  const decided = (field: FieldPreview): HTMLElement =>
    h(
      'li',
      {},
      h('div', { class: 'label' }, ...heading(field)),
      h(
        'div',
        { class: 'values' },
        value(texts.this_device, wordsOf(field.mine, words)),
        value(texts.other_device, wordsOf(field.theirs, words)),
        before(field),
        value(texts.result, wordsOf(field.result, words), 'value result'),
      ),
    )

  const rest = conflict.preview.filter(({ outcome }) => outcome !== 'ask')
  const shown = rest.slice(0, Math.max(0, mostShown - conflict.asks.length))
  const left = rest.length - shown.length
  const element = h(
    'section',
    { 'aria-labelledby': 'fields' },
    h('h3', { id: 'fields' }, texts.fields),
    h('p', { class: 'hint' }, texts.fields_hint),
    h('ul', { class: 'fields' }, ...conflict.asks.map(ask), ...shown.map(decided)),
    left > 0 &&
      h('p', { class: 'hint' }, fill(texts.more, { n: left.toLocaleString(words.locale) })),
  )
  return { element, answers: () => Object.fromEntries(chosen) }
}
