import type { AgeAnswer } from '../resources/age.js'
import { countriesIn } from './countries.js'
import { field, h, inputOf } from './dom.js'
import type { Stage } from './stage.js'

/** The question for the player's age, where the game asks: with nothing filled in, and no word of which age would do. */
export function ageFields({ options, locale, text }: Stage): HTMLElement[] {
  if (options.age === null) return []
  const now = new Date().toISOString()
  const born =
    options.age === 'birth_date'
      ? { type: 'date', min: '1900-01-01', max: now.slice(0, 10) }
      : { type: 'number', min: '1900', max: now.slice(0, 4), inputmode: 'numeric' }
  const countries = countriesIn(locale).map(({ code, name }) => h('option', { value: code }, name))
  return [
    field(text(options.age), { name: 'born', autocomplete: 'off', ...born }),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'country' }, text('country')),
      h(
        'select',
        { id: 'country', name: 'country', required: true, autocomplete: 'country' },
        h('option', { value: '' }),
        ...countries,
      ),
    ),
  ]
}

/** What was answered; undefined where nobody is asked. */
export function ageIn({ options }: Stage, form: HTMLFormElement): AgeAnswer | undefined {
  if (options.age === null) return undefined
  const [born, country] = [inputOf(form, 'born'), inputOf(form, 'country')]
  return options.age === 'birth_date'
    ? { birth_date: born, country }
    : { birth_year: Number(born), country }
}
