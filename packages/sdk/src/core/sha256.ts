// FIPS 180-4, 6.2. The browser's own hash takes a content only as a whole; this one takes it piece by piece.

/** The first 32 bits of the fractional parts of the `power`-th roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function rootsOfPrimes(count: number, power: number): Int32Array {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every(prime => candidate % prime !== 0)) found.push(candidate)
  }
  return Int32Array.from(found, prime => (prime ** (1 / power) % 1) * 2 ** 32)
}

const blockBytes = 64
const constants = rootsOfPrimes(64, 3)
const initial = rootsOfPrimes(8, 2)

const turned = (word: number, by: number) => (word >>> by) | (word << (32 - by))

function schedule(words: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + i * 4)
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15] ?? 0
    const b = words[i - 2] ?? 0
    const small = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)
    const large = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10)
    words[i] = ((words[i - 16] ?? 0) + small + (words[i - 7] ?? 0) + large) | 0
  }
}

/** SHA-256 of a content that comes in pieces. For integrity alone: no secret passes through it. */
export class Sha256 {
  private readonly state = Int32Array.from(initial)
  private readonly words = new Int32Array(64)
  /** What does not fill a block yet. */
  private readonly rest = new Uint8Array(blockBytes)
  private length = 0

  add(bytes: Uint8Array): void {
    let at = 0
    const filled = this.length % blockBytes
    this.length += bytes.length
    if (filled > 0) {
      at = Math.min(blockBytes - filled, bytes.length)
      this.rest.set(bytes.subarray(0, at), filled)
      if (filled + at < blockBytes) return
      this.mix(new DataView(this.rest.buffer), 0)
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (; at + blockBytes <= bytes.length; at += blockBytes) this.mix(view, at)
    this.rest.set(bytes.subarray(at))
  }

  /** The hash in hex, after which nothing can be added. */
  digest(): string {
    const filled = this.length % blockBytes
    const end = new Uint8Array(filled < blockBytes - 8 ? blockBytes : 2 * blockBytes)
    end.set(this.rest.subarray(0, filled))
    end[filled] = 0x80
    const view = new DataView(end.buffer)
    view.setBigUint64(end.length - 8, BigInt(this.length) * 8n)
    for (let at = 0; at < end.length; at += blockBytes) this.mix(view, at)
    return Array.from(this.state, word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private mix(view: DataView, at: number): void {
    const { words, state } = this
    schedule(words, view, at)
    // Whole numbers of 32 bits with a sign are what engines count fastest.
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let i = 0; i < 64; i++) {
      const large = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
      const one = (h + large + ((e & f) ^ (~e & g)) + (constants[i] ?? 0) + (words[i] ?? 0)) | 0
      const small = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
      const two = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    const mixed = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i++) state[i] = (state[i] ?? 0) + (mixed[i] ?? 0)
  }
}

const toHex = (bytes: Uint8Array) =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 in hex, by the platform where it can: pages that are not served securely have none. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (crypto.subtle !== undefined) {
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  }
  const own = new Sha256()
  own.add(bytes)
  return own.digest()
}
