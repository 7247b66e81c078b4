import { createHmac } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map(letter => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
  const bytes = bits.join('').match(/.{8}/g) ?? []
  return Buffer.from(bytes.map(byte => Number.parseInt(byte, 2)))
}

/** The code that an authenticator app shows at a moment: RFC 4226 §5.3 over the time steps of RFC 6238 §4. */
export function totpAt(secretInBase32: string, atMs: number): string {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const digest = createHmac('sha1', fromBase32(secretInBase32)).update(step).digest()
  const offset = (digest.at(-1) ?? 0) & 0x0f
  const truncated = digest.readUInt32BE(offset) & 0x7fffffff
  return String(truncated % 1_000_000).padStart(6, '0')
}

/** A code of the right shape that is none of those around the moment. */
export function wrongCodeAt(secretInBase32: string, atMs: number): string {
  const near = [-90, -60, -30, 0, 30, 60, 90].map(seconds =>
    totpAt(secretInBase32, atMs + seconds * 1_000),
  )
  return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
    code => !near.includes(code),
  ) as string
}
