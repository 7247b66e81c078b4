import { randomBytes } from 'node:crypto'

function anyAddress() {
  const [a = 0, b = 0, c = 0] = randomBytes(3)
  return `10.${a}.${b}.${Math.max(1, c % 255)}`
}

let testAddress = anyAddress()

/**
 * Where the requests of one test file seem to come from: the stack of the tests trusts its peer to say so. Budgets are
 * counted per address, and no file shall use up another's. A process that does not trust its peer pays no heed to it.
 */
export const fromTestAddress = {
  get 'x-forwarded-for'() {
    return testAddress
  },
}

/** For the beginning of a test file: files that share a worker share this room. */
export function moveTestAddress(): void {
  testAddress = anyAddress()
}
