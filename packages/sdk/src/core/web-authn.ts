import type { components, operations } from '../generated/openapi.js'
import { AeThexError } from './error.js'

type Answer<Id extends 'passkeys.registration_options' | 'passkeys.login_options'> =
  operations[Id]['responses'][200]['content']['application/json']

/** What the API sends for making and for showing a passkey. */
export type CreationOptions = Answer<'passkeys.registration_options'>['options']
export type RequestOptions = Answer<'passkeys.login_options'>['options']

type NewCredential = components['schemas']['NewCredential']
type Assertion = components['schemas']['Assertion']

function toBytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, letter => letter.charCodeAt(0))
}

const toText = (bytes: ArrayBuffer) =>
  btoa(Array.from(new Uint8Array(bytes), byte => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Whether this page can ask for passkeys: browsers let only secure pages. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && typeof navigator?.credentials?.create === 'function'

// Older browsers have the ceremonies, but not the two functions that read their options from JSON.
function readCreation(options: CreationOptions): PublicKeyCredentialCreationOptions {
  // The API's own words for these are those of the standard.
  const json = options as PublicKeyCredentialCreationOptionsJSON
  if (typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function') {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json)
  }
  return {
    ...(json as object),
    rp: json.rp,
    pubKeyCredParams: json.pubKeyCredParams,
    challenge: toBytes(json.challenge),
    user: { ...json.user, id: toBytes(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map(({ id }) => ({
      type: 'public-key',
      id: toBytes(id),
    })),
  }
}

function readRequest(options: RequestOptions): PublicKeyCredentialRequestOptions {
  const json = options as PublicKeyCredentialRequestOptionsJSON
  if (typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function') {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json)
  }
  return { ...(json as object), challenge: toBytes(json.challenge) }
}

function asError(thrown: unknown, wasTakenBack: boolean): unknown {
  const name = thrown instanceof Error ? thrown.name : ''
  const facts = { cause: thrown }
  if (name === 'InvalidStateError') {
    return new AeThexError('passkey_exists', 'This device has a passkey for the account.', facts)
  }
  // Whoever takes the question back may give any reason.
  if (name === 'NotAllowedError' || name === 'AbortError' || wasTakenBack) {
    return new AeThexError('passkey_cancelled', 'No passkey was shown.', facts)
  }
  if (name === 'SecurityError') {
    const message = 'This page is not one that the passkeys of the game are for.'
    return new AeThexError('passkeys_unsupported', message, facts)
  }
  return thrown
}

async function ask(
  question: () => Promise<Credential | null>,
  signal?: AbortSignal,
): Promise<PublicKeyCredential & { response: AuthenticatorResponse }> {
  if (!hasPasskeys()) {
    throw new AeThexError('passkeys_unsupported', 'This platform has no passkeys.')
  }
  const credential = await question().catch(thrown => {
    throw asError(thrown, signal?.aborted === true)
  })
  if (credential === null) throw new AeThexError('passkey_cancelled', 'No passkey was shown.')
  return credential as PublicKeyCredential
}

const basics = ({ id, rawId }: PublicKeyCredential) => ({
  id,
  rawId: toText(rawId),
  type: 'public-key' as const,
  clientExtensionResults: {},
})

/** Has the browser make a passkey, and writes it as JSON. */
export async function createCredential(options: CreationOptions): Promise<NewCredential> {
  const made = await ask(() => navigator.credentials.create({ publicKey: readCreation(options) }))
  if (typeof made.toJSON === 'function') return made.toJSON() as NewCredential
  const response = made.response as AuthenticatorAttestationResponse
  return {
    ...basics(made),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      attestationObject: toText(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
}

/** Has the player show a passkey; with `autofill` the browser offers it in the form's own fields. */
export async function showCredential(
  options: RequestOptions,
  { autofill = false, signal }: { autofill?: boolean; signal?: AbortSignal } = {},
): Promise<Assertion> {
  const question = () =>
    navigator.credentials.get({
      publicKey: readRequest(options),
      ...(autofill ? { mediation: 'conditional' as const } : {}),
      ...(signal === undefined ? {} : { signal }),
    })
  const shown = await ask(question, signal)
  if (typeof shown.toJSON === 'function') return shown.toJSON() as Assertion
  const response = shown.response as AuthenticatorAssertionResponse
  return {
    ...basics(shown),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      ...(response.userHandle === null ? {} : { userHandle: toText(response.userHandle) }),
    },
  }
}
