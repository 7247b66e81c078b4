import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A hashcash-like challenge: find a number for which SHA-256 of `<challenge>.<number>` begins with
 * `difficulty` zero bits. The challenge is signed, so that none has to be remembered before it is solved.
 */
export interface Challenge {
  environmentId: string
  difficulty: number
  /** Unix time in seconds. */
  expiresAt: number
}

const pattern = /^(([0-9a-f-]{36})\.(\d{1,2})\.(\d{10})\.([\w-]{22})\.([\w-]{43}))\.(\d{1,15})$/

const sign = (key: Uint8Array, text: string) =>
  createHmac('sha256', key).update(text).digest('base64url')

/** `<environment>.<difficulty>.<expiry>.<random>.<signature>` */
export function mintChallenge(key: Uint8Array, challenge: Challenge): string {
  const { environmentId, difficulty, expiresAt } = challenge
  const random = randomBytes(16).toString('base64url')
  const text = `${environmentId}.${difficulty}.${expiresAt}.${random}`
  return `${text}.${sign(key, text)}`
}

export function leadingZeroBits(bytes: Uint8Array): number {
  let bits = 0
  for (const byte of bytes) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** The challenge that a genuine, sufficient solution is for; undefined for anything else. */
export function readSolution(
  key: Uint8Array,
  solution: string,
): (Challenge & { challenge: string }) | undefined {
  const [, challenge = '', environmentId = '', bits = '', expiry = '', , signature = ''] =
    pattern.exec(solution) ?? []
  if (challenge === '') return undefined
  const signed = challenge.slice(0, challenge.length - signature.length - 1)
  if (!timingSafeEqual(Buffer.from(sign(key, signed)), Buffer.from(signature))) return undefined
  const difficulty = Number(bits)
  if (leadingZeroBits(digest(solution)) < difficulty) return undefined
  return { challenge, environmentId, difficulty, expiresAt: Number(expiry) }
}
