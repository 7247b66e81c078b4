import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits: what a letter carries, and what only its hash is kept of. */
export const mintCode = (prefix: 'pc' | 'pt') =>
  `${prefix}_${randomBytes(32).toString('base64url')}`

export const hashCode = (code: string): Buffer => createHash('sha256').update(code).digest()

/** Where a parent looks at what they are asked, or after what they agreed to. Behind the #, no log sees the code. */
export const parentPage = (publicUrl: string, code: string) => `${publicUrl}/parents#code=${code}`

/** The key that seals a parent's address. */
export const addressPurpose = 'parents of players'
