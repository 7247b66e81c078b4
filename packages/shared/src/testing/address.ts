import { randomBytes } from 'node:crypto'

const [a = 0, b = 0, c = 0] = randomBytes(3)

/**
 * Where the requests of one test file seem to come from: the stack of the tests trusts its peer to say so. Budgets are
 * counted per address, and no file shall use up another's.
 */
export const testAddress = `10.${a}.${b}.${Math.max(1, c % 255)}`

/** A process that does not trust its peer pays no heed to it. */
export const fromTestAddress = { 'x-forwarded-for': testAddress }
