import { dictionary } from '@zxcvbn-ts/language-common'

// What the list lacks, mostly from leaks of the last years.
const further =
  `0987654321 9876543210 1234554321 1122334455 5201314520 5201314a caonima1 woaini1314 qweasdzxc aa12345678 zaq1zaq1
  zxcvbnm, password! password1! p@ssword p@ssw0rd pa$$word pa$$w0rd welcome! fortnite roblox123 minecraft worldofwarcraft
  instagram linkedin yahoo123 test1234 login123 dumbledore xiaoming w123456789 3141592653 1q2w3e4r5t aethex`.split(
    /\s+/,
  )

// A shorter one cannot be the stem of a password that is long enough.
const shortestStem = 4

/** Close to fifty thousand passwords, in small letters, from the most frequent on. */
const wellKnown = new Set(further)
for (const listed of dictionary['passwords-common']) {
  if (listed.length >= shortestStem) wellKnown.add(listed.toLowerCase())
}

/** A password as it is compared: NFKC, small letters. */
export const foldPassword = (password: string) => password.normalize('NFKC').toLowerCase()

const mostDigits = 4

/** Whether a password is a word that somebody knows, as it is or with a year or a counter behind it: up to four digits. */
export function isWordWithDigits(folded: string, isKnown: (word: string) => boolean): boolean {
  if (isKnown(folded)) return true
  for (let digits = 1; digits <= mostDigits; digits++) {
    if (!/\d/.test(folded.at(-digits) ?? '')) return false
    const word = folded.slice(0, -digits)
    // Digits behind digits are a number of their own.
    if (/\D/.test(word) && isKnown(word)) return true
  }
  return false
}

// Longer ones are nobody's first guess.
const longestPattern = 16
const longestUnit = 4

/** One unit over and over (`aaaaaaaa`, `123123123`), or one step over and over (`abcdefgh`, `87654321`). */
function isPattern(folded: string): boolean {
  const points = Array.from(folded, letter => letter.codePointAt(0) ?? 0)
  if (points.length > longestPattern) return false
  const repeats = (unit: number) => points.every((point, at) => point === points[at % unit])
  for (let unit = 1; unit <= longestUnit; unit++) {
    if (unit * 2 <= points.length && repeats(unit)) return true
  }
  const steps = points.slice(1).map((point, at) => point - (points[at] ?? 0))
  return Math.abs(steps[0] ?? 0) === 1 && steps.every(step => step === steps[0])
}

/** Whether a password is among those that are tried first everywhere, in any case of letters, digits behind it or not. */
export function isWellKnown(password: string): boolean {
  const folded = foldPassword(password)
  return isWordWithDigits(folded, word => wellKnown.has(word)) || isPattern(folded)
}
