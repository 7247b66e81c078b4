import { skeletonOf } from '../../players/auth/service.js'

// What a sign is written for where it stands among letters. Digits and signs alike end up at the letter's skeleton.
const signs: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '9': 'g',
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

const alphabet = 'abcdefghijklmnopqrstuvwxyz'
// Letters that neither NFKC nor TR 39 takes for what everybody reads.
const smallCapitals = 'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ'
/** Where alphabets of letters in black discs, in black squares and on flags begin. */
const emblems = [0x1f150, 0x1f170, 0x1f1e6]
const dressed = new Map(
  Array.from(alphabet).flatMap((letter, place) => [
    [Array.from(smallCapitals)[place] ?? letter, letter] as const,
    ...emblems.map(first => [String.fromCodePoint(first + place), letter] as const),
  ]),
)
const undress = (text: string) => Array.from(text, sign => dressed.get(sign) ?? sign).join('')

/**
 * What a word looks like to somebody who reads over it: no case, accents, look-alike letters or signs for letters
 * (Unicode TR 39 skeleton), and no difference between i and l, nor between u and v.
 */
export function looksOf(word: string): string {
  const letters = Array.from(
    undress(word.normalize('NFKC')).replaceAll(invisible, '').toLowerCase(),
    sign => signs[sign] ?? sign,
  ).join('')
  return undress(skeletonOf(letters))
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('i', 'l')
    .replaceAll('v', 'u')
}
