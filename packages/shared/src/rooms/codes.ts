import { randomBytes } from 'node:crypto'
import type { Budget } from '../limits/index.js'
import { answerOf, type Redis } from '../redis/index.js'
import { keysOf } from './keys.js'

/** Nothing that is read as something else. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const codeLength = 8

/** 40 random bits. They are not searched: see `codeGuesses`. */
export const mintRoomCode = () =>
  Array.from(randomBytes(codeLength), byte => letters[byte % letters.length]).join('')

/** A code as somebody has typed it. */
export const tidyCode = (typed: string) => typed.toUpperCase().replace(/[\s-]/g, '')

/** Codes that one player may try; those that were right are not counted. */
export const codeGuesses: Budget = { name: 'room-codes', quota: 10, windowSeconds: 60 }
export const guesserOf = (environmentId: string, playerId: string) => `${environmentId} ${playerId}`

/** The room of a code. */
export async function findRoomByCode(
  redis: Redis,
  environmentId: string,
  code: string,
): Promise<string | undefined> {
  return (await answerOf(redis.get(keysOf(environmentId).code(tidyCode(code))))) ?? undefined
}
