const batch = 512

function leadingZeroBits(bytes: Uint8Array): number {
  let bits = 0
  for (const byte of bytes) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}

/**
 * Finds the number n for which SHA-256 of `<challenge>.<n>` begins with `difficulty` zero bits, and answers
 * `<challenge>.<n>`. Takes 2^difficulty tries on average; gives the page room to breathe between batches.
 */
export async function solveChallenge(challenge: string, difficulty: number): Promise<string> {
  const encoder = new TextEncoder()
  for (let first = 0; ; first += batch) {
    const attempts = Array.from({ length: batch }, (_, index) => `${challenge}.${first + index}`)
    const digests = await Promise.all(
      attempts.map(text => crypto.subtle.digest('SHA-256', encoder.encode(text))),
    )
    const found = digests.findIndex(digest => leadingZeroBits(new Uint8Array(digest)) >= difficulty)
    if (found >= 0) return attempts[found] ?? ''
  }
}
