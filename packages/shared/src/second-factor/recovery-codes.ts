import { createHash, randomInt } from 'node:crypto'
import type { Owner } from './owner.js'

const count = 10
const groups = 4
const groupLength = 4

// Crockford's base32: no letter that passes for a digit. 16 of them are 80 bits.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

const group = () =>
  Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('')

/** Ten codes such as `4kf2-9xwm-0htz-q7vd`. */
export const mintRecoveryCodes = (): string[] =>
  Array.from({ length: count }, () => Array.from({ length: groups }, group).join('-'))

/** As a person may have typed it: capitals, no hyphens, O for 0, I and L for 1. */
const canonical = (code: string) =>
  code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')

/** Salted with the account. 80 random bits need no slow hash: nobody can try them all. */
export const hashRecoveryCode = (owner: Owner, code: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([...owner, canonical(code)]))
    .digest()
