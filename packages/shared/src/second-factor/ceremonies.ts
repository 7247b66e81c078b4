import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers'
import { Problem } from '../errors/index.js'
import { mintNonce, redeemNonce, registerNonce } from '../nonces/index.js'
import type { Redis } from '../redis/index.js'
import type { Owner } from './owner.js'

/** Who asks for the passkey, in the words of WebAuthn: the domain, and the origins of the pages that may ask. */
export interface RelyingParty {
  /** A domain; the passkey is bound to it for good. */
  id: string
  /** What the browser shows. */
  name: string
  origins: readonly string[]
}

/** Challenges live in Redis under the realm (an environment, or `studio`), and are good once. */
export interface Ceremony {
  redis: Redis
  realm: string
  party: RelyingParty
}

type Registration = Parameters<typeof verifyRegistrationResponse>[0]['response']
type Assertion = Parameters<typeof verifyAuthenticationResponse>[0]['response']

// As long as browsers may leave the question on the screen.
const ttlSeconds = 300
const algorithms = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256]

const spaceOf = ({ realm }: Ceremony, purpose: 'new' | 'use') => `passkey-${purpose}:${realm}`

async function mintChallenge(ceremony: Ceremony, purpose: 'new' | 'use', payload: unknown) {
  const challenge = mintNonce()
  const space = spaceOf(ceremony, purpose)
  await registerNonce(ceremony.redis, space, challenge, payload, ttlSeconds)
  return isoBase64URL.toBuffer(challenge)
}

const takeChallenge = (ceremony: Ceremony, purpose: 'new' | 'use') => (challenge: string) =>
  redeemNonce(ceremony.redis, spaceOf(ceremony, purpose), challenge)

/** The opaque name of an account in its authenticators (WebAuthn §4, user handle): the bytes of its id. */
const handleOf = (owner: Owner) =>
  new Uint8Array(Buffer.from((owner.at(-1) ?? '').replaceAll('-', ''), 'hex'))

/** Options for `navigator.credentials.create`, for the owner alone. */
export async function registrationOptions(
  ceremony: Ceremony,
  account: { owner: Owner; name: string; credentialIds: readonly Buffer[] },
) {
  const { party } = ceremony
  return generateRegistrationOptions({
    rpID: party.id,
    rpName: party.name,
    userID: handleOf(account.owner),
    userName: account.name,
    userDisplayName: account.name,
    challenge: await mintChallenge(ceremony, 'new', account.owner),
    timeout: ttlSeconds * 1_000,
    attestationType: 'none',
    excludeCredentials: account.credentialIds.map(id => ({ id: id.toString('base64url') })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    supportedAlgorithmIDs: algorithms,
  })
}

/** Options for `navigator.credentials.get`, whoever it will turn out to be. */
export const assertionOptions = async (ceremony: Ceremony) =>
  generateAuthenticationOptions({
    rpID: ceremony.party.id,
    challenge: await mintChallenge(ceremony, 'use', true),
    timeout: ttlSeconds * 1_000,
    userVerification: 'preferred',
  })

/**
 * We ask for no attestation. Statements that carry certificates are not even read: checking them would fetch the
 * addresses that they name.
 */
function isUnattested({ response }: Registration): boolean {
  const statement = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const format = statement.get('fmt')
  return (
    format === 'none' || (format === 'packed' && statement.get('attStmt').get('x5c') === undefined)
  )
}

const sameOwner = (payload: unknown, owner: Owner) =>
  JSON.stringify(payload) === JSON.stringify(owner)

/** Reads what a new authenticator answered. Throws `passkey_invalid`; the challenge is used up either way. */
export async function verifyRegistration(ceremony: Ceremony, owner: Owner, response: Registration) {
  const { party } = ceremony
  try {
    const take = takeChallenge(ceremony, 'new')
    if (!isUnattested(response)) throw new Error('the statement carries certificates')
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: async challenge => sameOwner(await take(challenge), owner),
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified) throw new Error('the statement is not signed by the key')
    const { credential, credentialBackedUp } = registrationInfo
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports: credential.transports ?? [],
      backedUp: credentialBackedUp,
    }
  } catch (cause) {
    throw cause instanceof Problem ? cause : new Problem('passkey_invalid', { cause })
  }
}

/** What an authenticator has shown with an assertion. */
export interface Asserted {
  counter: number
  backedUp: boolean
  /** A PIN, a finger or a face was asked for: with the key itself, two factors. */
  userVerified: boolean
}

/**
 * Judges an assertion by the public key; undefined when anything about it is wrong. Its challenge is used up either
 * way. The counter is the caller's to judge, in the statement that writes it.
 */
export async function verifyAssertion(
  ceremony: Ceremony,
  owner: Owner,
  publicKey: Buffer,
  response: Assertion,
): Promise<Asserted | undefined> {
  const { party } = ceremony
  const { userHandle } = response.response
  try {
    const take = takeChallenge(ceremony, 'use')
    const { verified, authenticationInfo: shown } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: async challenge => (await take(challenge)) === true,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: false,
      credential: { id: response.id, publicKey: new Uint8Array(publicKey), counter: 0 },
    })
    const handle = isoBase64URL.fromBuffer(handleOf(owner))
    if (!verified || (userHandle !== undefined && userHandle !== handle)) return undefined
    return {
      counter: shown.newCounter,
      backedUp: shown.credentialBackedUp,
      userVerified: shown.userVerified,
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    return undefined
  }
}
