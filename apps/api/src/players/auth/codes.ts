import { createHash, randomBytes } from 'node:crypto'

/** 192 random bits, as they stand in a letter. */
export const mintCode = () => randomBytes(24).toString('base64url')

/** What is stored of a code: it cannot be searched, so a plain hash is enough. */
export const hashCode = (code: string): Buffer => createHash('sha256').update(code).digest()
