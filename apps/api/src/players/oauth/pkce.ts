import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether a verifier is the one that the challenge was made of, by S256 (RFC 7636 §4.6). */
export function fitsChallenge(challenge: string, verifier: string): boolean {
  const given = createHash('sha256').update(verifier).digest()
  const kept = Buffer.from(challenge, 'base64url')
  return given.length === kept.length && timingSafeEqual(given, kept)
}
