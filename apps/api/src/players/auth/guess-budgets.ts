import { createHash } from 'node:crypto'
import { addressClaims, type Budget, type Claim } from '@aethex/shared/limits'
import type { Ctx } from '../../gateway/context.js'
import { letterBoxOf } from './identity-keys.js'

// Failed sign-ins; a success gives its units back. One address may be a whole school, so it gets more, and
// what one environment gets is far above what its players mistype: it bounds a crowd of addresses.
const perAccount: Budget = { name: 'login-account', quota: 10, windowSeconds: 900 }
const perAddress: Budget = { name: 'login-address', quota: 100, windowSeconds: 600 }
const perEnvironment: Budget = { name: 'login-environment', quota: 30_000, windowSeconds: 600 }
const perKnownDevice: Budget = { name: 'login-device', quota: 10, windowSeconds: 900 }
const perOwner: Budget = { name: 'own-password', quota: 10, windowSeconds: 900 }

// The e-mail itself has no business in Redis.
const hashed = (...parts: string[]) =>
  createHash('sha256').update(parts.join(' ')).digest('base64url')

/** What wrong passwords for one account use up, wherever they are tried and however its e-mail is spelt. */
export function accountClaim(environmentId: string, email: string): Claim {
  return [perAccount, hashed(environmentId, letterBoxOf(email))]
}

/** What a failed sign-in with an e-mail uses up: of the account, the address and the environment. */
export const guessBudgets = (ctx: Ctx, environmentId: string, email: string): Claim[] => [
  accountClaim(environmentId, email),
  ...addressClaims(perAddress, ctx.address),
  [perEnvironment, environmentId],
]

/** A device that has signed in to the account before guesses on its own: strangers cannot use this up. */
export const knownDeviceBudgets = (environmentId: string, tokenHash: Buffer): Claim[] => [
  [perKnownDevice, hashed(environmentId, tokenHash.toString('base64'))],
]

/** Nor can they use up what a player has for their own password within a session. */
export const ownGuessBudgets = (environmentId: string, playerId: string): Claim[] => [
  [perOwner, `${environmentId} ${playerId}`],
]

// Counted whether they succeed or not. A game that opens its doors is no attack: a hundred newcomers a second are let in.
const accountsPerLetterBox: Budget = { name: 'register-account', quota: 60, windowSeconds: 3_600 }
const accountsPerEnvironment: Budget = {
  name: 'register-environment',
  quota: 60_000,
  windowSeconds: 600,
}

/** What a registration uses up beside what its address may; guests have no e-mail. */
export const newAccountClaims = (environmentId: string, email?: string): Claim[] => [
  ...(email === undefined
    ? []
    : [[accountsPerLetterBox, hashed(environmentId, letterBoxOf(email))] as const]),
  [accountsPerEnvironment, environmentId],
]

// Honest clients refresh every quarter of an hour, and twenty tabs at once.
const refreshesPerSession: Budget = { name: 'refresh-session', quota: 120, windowSeconds: 600 }
const refreshesPerAddress: Budget = { name: 'refresh-address', quota: 6_000, windowSeconds: 600 }
const refreshesPerEnvironment: Budget = {
  name: 'refresh-environment',
  quota: 300_000,
  windowSeconds: 600,
}

/** What a refresh uses up; a token that names no session of ours counts for its address alone. */
export const refreshClaims = (
  ctx: Ctx,
  environmentId: string,
  sessionId: string | undefined,
): Claim[] => [
  ...(sessionId === undefined
    ? []
    : [
        [refreshesPerSession, sessionId] as const,
        [refreshesPerEnvironment, environmentId] as const,
      ]),
  ...addressClaims(refreshesPerAddress, ctx.address),
]
